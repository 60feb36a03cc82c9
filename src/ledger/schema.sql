-- The ledger's tables, version 1. Comments inside a statement are kept in the file: `.schema` shows them.
--
-- Times are milliseconds since 1970 UTC. Counters are 64-bit words. Money is exact: whole US dollars in one
-- column, the rest in picodollars (0 to 999999999999) in the next, so that a sum of dollars and a sum of
-- picodollars give the exact total: SUM(cost_usd) + SUM(cost_pico) * 1e-12. Columns called session, project,
-- model and terms hold ids of the tables of those names. The view `usage` is the place to start a query.

CREATE TABLE meta (
    -- What is known of the ledger as a whole: created_ms; counting_version, the version of the counting rule
    -- that all of it was last read with.
    name TEXT PRIMARY KEY NOT NULL,
    value ANY NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE -- Claude Code's session id
) STRICT;

CREATE TABLE projects (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE, -- the folder below projects/, or - for transcripts directly in it
    path TEXT,                 -- the working folder it stands for, if a record told
    path_at_ms INTEGER         -- when a record first told so; the lowest (path_at_ms, path) stands
) STRICT;

CREATE TABLE models (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE, -- as transcripts write it; empty in requests without one, unknown in rollups
    prices INTEGER             -- fingerprint of the prices that the costs in rollups belong to
) STRICT;

CREATE TABLE terms (
    -- What besides tokens decides the price; empty where a transcript says nothing.
    id INTEGER PRIMARY KEY,
    speed TEXT NOT NULL,
    tier TEXT NOT NULL,
    geo TEXT NOT NULL,
    UNIQUE (speed, tier, geo)
) STRICT;

CREATE TABLE files (
    -- How far each transcript was read.
    path ANY PRIMARY KEY NOT NULL,      -- text, or the bytes of a path that is not UTF-8
    device INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    size INTEGER NOT NULL,              -- bytes, when last read
    offset INTEGER NOT NULL,            -- bytes that were counted; reading goes on here
    fingerprint INTEGER NOT NULL,       -- hash of bytes before the offset
    fingerprint_bytes INTEGER NOT NULL, -- how many bytes before the offset are hashed
    modified_ns INTEGER NOT NULL,       -- nanoseconds UTC
    project INTEGER NOT NULL REFERENCES projects,
    seen_ms INTEGER NOT NULL,           -- when it was last there
    gone INTEGER NOT NULL               -- 1: it has been deleted; its requests stay
) STRICT, WITHOUT ROWID;

CREATE TABLE requests (
    -- Each counted record, merged: what pricing and merging again need.
    key BLOB PRIMARY KEY NOT NULL,   -- 128 bits, big-endian
    at_ms INTEGER NOT NULL,
    forked INTEGER NOT NULL,         -- 1: copied here from another session
    sidechain INTEGER NOT NULL,      -- 1: of a subagent
    session INTEGER NOT NULL REFERENCES sessions,
    project INTEGER NOT NULL REFERENCES projects,
    model INTEGER NOT NULL REFERENCES models,
    terms INTEGER NOT NULL REFERENCES terms,
    input INTEGER NOT NULL,
    output INTEGER NOT NULL,
    cache_write_5m INTEGER NOT NULL,
    cache_write_1h INTEGER NOT NULL,
    cache_read INTEGER NOT NULL,
    web_searches INTEGER NOT NULL,
    recorded_usd INTEGER,            -- the cost the transcript gives, if it does
    recorded_pico INTEGER,
    iterations TEXT,                 -- JSON: requests of their own that the record tells of, in order
    counting INTEGER NOT NULL        -- version of the counting rule it was read with
) STRICT, WITHOUT ROWID;

CREATE INDEX requests_by_session ON requests (session, at_ms);

CREATE TABLE rollups (
    -- Sums over requests (records and their iterations). Requests made exactly at a quarter hour's first
    -- millisecond have a row of their own (after_start 0): a 5-hour block may end with them.
    quarter_ms INTEGER NOT NULL,     -- start of the quarter hour, UTC
    after_start INTEGER NOT NULL,
    session INTEGER NOT NULL REFERENCES sessions,
    project INTEGER NOT NULL REFERENCES projects,
    model INTEGER NOT NULL REFERENCES models,
    first_ms INTEGER NOT NULL,       -- earliest and latest request
    last_ms INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    messages INTEGER NOT NULL,       -- records among the requests
    input INTEGER NOT NULL,
    output INTEGER NOT NULL,
    cache_write_5m INTEGER NOT NULL,
    cache_write_1h INTEGER NOT NULL,
    cache_read INTEGER NOT NULL,
    web_searches INTEGER NOT NULL,
    unpriced_tokens INTEGER NOT NULL,          -- tokens that `cost` does not cover
    unpriced_computed_tokens INTEGER NOT NULL, -- tokens that `computed` does not cover
    cost_usd INTEGER NOT NULL,       -- recorded where the transcript gives a cost, else computed
    cost_pico INTEGER NOT NULL,
    computed_usd INTEGER NOT NULL,   -- computed from tokens and prices
    computed_pico INTEGER NOT NULL,
    recorded_usd INTEGER NOT NULL,   -- given by transcripts
    recorded_pico INTEGER NOT NULL,
    PRIMARY KEY (quarter_ms, after_start, session, project, model)
) STRICT, WITHOUT ROWID;

CREATE TABLE cost_states (
    -- Claude Code's own figure for a session, as of its highest cost. Never added to any other cost.
    session INTEGER PRIMARY KEY NOT NULL REFERENCES sessions,
    project INTEGER NOT NULL REFERENCES projects,
    cost_usd INTEGER NOT NULL,
    cost_pico INTEGER NOT NULL,
    start_ms INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL,
    api_duration_ms INTEGER NOT NULL,
    lines_added INTEGER NOT NULL,
    lines_removed INTEGER NOT NULL,
    has_unknown_model_cost INTEGER NOT NULL,
    model_usage TEXT NOT NULL        -- JSON, as the transcript has it
) STRICT;

CREATE TABLE forgotten (
    -- What was forgotten: records before this time, of this project (NULL: of all), are not counted again.
    project TEXT,
    before_ms INTEGER NOT NULL,
    forgotten_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE forgotten_requests (
    -- Keys of requests that were forgotten: no copy of one in another transcript brings it back.
    key BLOB PRIMARY KEY NOT NULL
) STRICT, WITHOUT ROWID;

CREATE VIEW usage AS
    -- Rollups with names and with costs as ordinary numbers, for queries by hand.
    SELECT datetime(quarter_ms / 1000, 'unixepoch') AS quarter,
           sessions.name AS session, projects.name AS project, projects.path AS path, models.name AS model,
           first_ms, last_ms, requests, messages, input, output,
           cache_write_5m, cache_write_1h, cache_read, web_searches, unpriced_tokens,
           cost_usd + cost_pico * 1e-12 AS cost,
           computed_usd + computed_pico * 1e-12 AS computed_cost,
           recorded_usd + recorded_pico * 1e-12 AS recorded_cost
      FROM rollups
      JOIN sessions ON sessions.id = rollups.session
      JOIN projects ON projects.id = rollups.project
      JOIN models ON models.id = rollups.model;
