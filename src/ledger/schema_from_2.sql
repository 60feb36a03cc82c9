-- Copies a ledger of version 2 into the tables of `schema.sql`. Its own tables were renamed to old_… before.
--
-- Version 2 kept the dimensions of requests, but its rollups were sums over all of them. The rollups are copied with no
-- dimensions, and no model keeps the fingerprint of its prices (a bitwise complement is never what a price table
-- gives): so whoever writes next derives them again from the requests, as after a change of prices.

INSERT INTO meta SELECT * FROM old_meta;
INSERT OR IGNORE INTO agents SELECT * FROM old_agents;
INSERT INTO sessions SELECT * FROM old_sessions;
INSERT INTO projects (id, name, agent, path, path_at_ms) SELECT id, name, agent, path, path_at_ms FROM old_projects;
INSERT INTO models SELECT id, name, ~prices FROM old_models;
INSERT INTO terms SELECT * FROM old_terms;
INSERT INTO dimensions
    SELECT id, branch, subagent, skill, plugin, mcp_server, mcp_tool, effort, entrypoint, '' FROM old_dimensions;
INSERT OR IGNORE INTO dimensions (branch, subagent, skill, plugin, mcp_server, mcp_tool, effort, entrypoint, agent_id)
    VALUES ('', '', '', '', '', '', '', '', '');
INSERT INTO files SELECT * FROM old_files;
INSERT INTO requests SELECT * FROM old_requests;

INSERT INTO rollups
    SELECT quarter_ms, after_start, session, project, model,
           (SELECT id FROM dimensions
             WHERE branch = '' AND subagent = '' AND skill = '' AND plugin = '' AND mcp_server = '' AND mcp_tool = ''
               AND effort = '' AND entrypoint = '' AND agent_id = ''),
           first_ms, last_ms, requests, messages, input, output, cache_write_5m, cache_write_1h, cache_read,
           web_searches, web_fetches, thinking, provisional_messages, provisional_output, unpriced_tokens,
           unpriced_computed_tokens, cost_usd, cost_pico, computed_usd, computed_pico, recorded_usd, recorded_pico
      FROM old_rollups;

INSERT INTO cost_states SELECT * FROM old_cost_states;
INSERT INTO forgotten SELECT * FROM old_forgotten;
INSERT INTO forgotten_requests SELECT * FROM old_forgotten_requests;
