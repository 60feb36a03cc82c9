-- Copies a ledger of version 1 into the tables of `schema.sql`. Its own tables were renamed to old_… before.
--
-- Version 1 did not note whether a stop reason was read, so all of its messages are provisional.

INSERT INTO meta SELECT * FROM old_meta;
INSERT INTO sessions (id, name) SELECT id, name FROM old_sessions;
INSERT INTO projects (id, name, path, path_at_ms) SELECT id, name, path, path_at_ms FROM old_projects;
INSERT INTO models SELECT id, name, prices FROM old_models;
INSERT INTO terms SELECT id, speed, tier, geo FROM old_terms;
INSERT INTO dimensions VALUES (1, '', '', '', '', '', '', '', '', '');

INSERT INTO files
    SELECT path, device, inode, size, offset, fingerprint, fingerprint_bytes, modified_ns, project, seen_ms, gone,
           NULL
      FROM old_files;

INSERT INTO requests
    SELECT key, at_ms, forked, sidechain, session, project, model, terms, 1, 0, input, output, cache_write_5m,
           cache_write_1h, cache_read, web_searches, 0, 0, recorded_usd, recorded_pico, iterations, counting
      FROM old_requests;

-- A message without a model is listed under `unknown` in rollups.
CREATE TEMP TABLE provisional AS
    SELECT at_ms - ((at_ms % 900000) + 900000) % 900000 AS quarter_ms, at_ms % 900000 <> 0 AS after_start,
           session, project,
           CASE models.name WHEN '' THEN (SELECT id FROM models WHERE name = 'unknown') ELSE models.id END AS model,
           SUM(output) AS output
      FROM requests JOIN models ON models.id = requests.model
     GROUP BY 1, 2, 3, 4, 5;
CREATE UNIQUE INDEX temp.provisional_by_row ON provisional (quarter_ms, after_start, session, project, model);

INSERT INTO rollups
    SELECT quarter_ms, after_start, session, project, model, 1, first_ms, last_ms, requests, messages, input,
           old_rollups.output, cache_write_5m, cache_write_1h, cache_read, web_searches, 0, 0, messages,
           COALESCE(provisional.output, 0), unpriced_tokens, unpriced_computed_tokens, cost_usd, cost_pico,
           computed_usd, computed_pico, recorded_usd, recorded_pico
      FROM old_rollups LEFT JOIN provisional USING (quarter_ms, after_start, session, project, model);
DROP TABLE temp.provisional;

INSERT INTO cost_states SELECT * FROM old_cost_states;
INSERT INTO forgotten SELECT * FROM old_forgotten;
INSERT INTO forgotten_requests SELECT * FROM old_forgotten_requests;
