-- Copies a ledger of version 3 into the tables of `schema.sql`. Its own tables were renamed to old_… before.
--
-- Version 3 kept which subagent a request was of, but its rollups did not where the subagent's type is named. No model keeps
-- the fingerprint of its prices (a bitwise complement is never what a price table gives): so whoever writes next derives
-- the rollups again from the requests, as after a change of prices. Sums of all the rest are right until then.

INSERT INTO meta SELECT * FROM old_meta;
INSERT OR IGNORE INTO agents SELECT * FROM old_agents;
INSERT INTO sessions SELECT * FROM old_sessions;
INSERT INTO projects (id, name, agent, path, path_at_ms) SELECT id, name, agent, path, path_at_ms FROM old_projects;
INSERT INTO models SELECT id, name, ~prices FROM old_models;
INSERT INTO terms SELECT * FROM old_terms;
INSERT INTO dimensions SELECT * FROM old_dimensions;
INSERT INTO files SELECT * FROM old_files;
INSERT INTO requests SELECT * FROM old_requests;
INSERT INTO rollups SELECT * FROM old_rollups;
INSERT INTO subagents SELECT * FROM old_subagents;
INSERT INTO cost_states SELECT * FROM old_cost_states;
INSERT INTO forgotten SELECT * FROM old_forgotten;
INSERT INTO forgotten_requests SELECT * FROM old_forgotten_requests;
