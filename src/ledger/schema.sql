-- The ledger's tables, version 4. Comments inside a statement are kept in the file: `.schema` shows them.
--
-- Times are milliseconds since 1970 UTC. Counters are 64-bit words. Money is exact: whole US dollars in one
-- column, the rest in picodollars (0 to 999999999999) in the next, so that a sum of dollars and a sum of
-- picodollars give the exact total: SUM(cost_usd) + SUM(cost_pico) * 1e-12. Columns called agent, session,
-- project, model, terms and dimensions hold ids of rows in the tables of those names. To query by hand, start with
-- the view `usage`.

CREATE TABLE meta (
    -- Facts about the ledger as a whole: created_ms; counting_version, the edition of the counting rule that
    -- transcripts were last read with; recounted_ms, only in a ledger that an earlier edition counted into: when
    -- this edition took over; fell_ms, until readers know it: when sums last became lower, by forgetting for example;
    -- titles: 1 if titles are kept, 0 if they were removed and their text may still be in the files.
    name TEXT PRIMARY KEY NOT NULL,
    value ANY NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE agents (
    -- The programs whose transcripts are counted. A session and a project belong to one of them, and through
    -- their session so do requests, rollups and cost states.
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

INSERT INTO agents (id, name) VALUES (0, 'claude-code');

CREATE TABLE sessions (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL, -- the agent's own session id
    agent INTEGER NOT NULL DEFAULT 0 REFERENCES agents,
    UNIQUE (name, agent)
) STRICT;

CREATE TABLE projects (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL, -- the folder below projects/, or - for transcripts directly in it
    agent INTEGER NOT NULL DEFAULT 0 REFERENCES agents,
    path TEXT,          -- the working folder it stands for, if a record named one
    path_at_ms INTEGER, -- when a record first named it; the lowest (path_at_ms, path) stands
    repository TEXT,    -- if path is in a git worktree, the same folder of its main repository; empty: it is in none;
                        -- NULL: not known
    UNIQUE (name, agent)
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

CREATE TABLE dimensions (
    -- What a request was for; empty if its transcript does not say. None of it decides a price or a count.
    id INTEGER PRIMARY KEY,
    branch TEXT NOT NULL,     -- git branch
    subagent TEXT NOT NULL,   -- type of the subagent
    skill TEXT NOT NULL,
    plugin TEXT NOT NULL,
    mcp_server TEXT NOT NULL,
    mcp_tool TEXT NOT NULL,
    effort TEXT NOT NULL,     -- such as high
    entrypoint TEXT NOT NULL, -- such as cli
    agent_id TEXT NOT NULL,   -- which subagent of its session
    UNIQUE (branch, subagent, skill, plugin, mcp_server, mcp_tool, effort, entrypoint, agent_id)
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
    gone INTEGER NOT NULL,              -- 1: it has been deleted; its requests stay
    reader_state BLOB                   -- what its reader must know to read on; NULL for formats whose lines
                                        -- stand alone, such as Claude Code's
) STRICT, WITHOUT ROWID;

CREATE TABLE requests (
    -- Each counted record, merged: what pricing and merging again need.
    key BLOB PRIMARY KEY NOT NULL,   -- 128 bits, big-endian
    at_ms INTEGER NOT NULL,
    copied INTEGER NOT NULL,         -- 1: copied here from another session
    sidechain INTEGER NOT NULL,      -- 1: of a subagent
    session INTEGER NOT NULL REFERENCES sessions,
    project INTEGER NOT NULL REFERENCES projects,
    model INTEGER NOT NULL REFERENCES models,
    terms INTEGER NOT NULL REFERENCES terms,
    dimensions INTEGER NOT NULL REFERENCES dimensions,
    final INTEGER NOT NULL,          -- 0: provisional: no stop reason was read, so output is a lower bound
    input INTEGER NOT NULL,
    output INTEGER NOT NULL,
    cache_write_5m INTEGER NOT NULL,
    cache_write_1h INTEGER NOT NULL,
    cache_read INTEGER NOT NULL,
    web_searches INTEGER NOT NULL,
    web_fetches INTEGER NOT NULL,
    thinking INTEGER NOT NULL,       -- a part of output
    recorded_usd INTEGER,            -- the cost the transcript gives, if it does
    recorded_pico INTEGER,
    iterations TEXT,                 -- JSON: requests of their own that the record tells of, in order
    counting INTEGER NOT NULL        -- edition of the counting rule it was counted by
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
    dimensions INTEGER NOT NULL REFERENCES dimensions,
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
    web_fetches INTEGER NOT NULL,
    thinking INTEGER NOT NULL,                 -- a part of output
    provisional_messages INTEGER NOT NULL,     -- messages whose output is a lower bound
    provisional_output INTEGER NOT NULL,       -- the output of those messages
    unpriced_tokens INTEGER NOT NULL,          -- tokens that `cost` does not cover
    unpriced_computed_tokens INTEGER NOT NULL, -- tokens that `computed` does not cover
    cost_usd INTEGER NOT NULL,       -- recorded where the transcript gives a cost, else computed
    cost_pico INTEGER NOT NULL,
    computed_usd INTEGER NOT NULL,   -- computed from tokens and prices
    computed_pico INTEGER NOT NULL,
    recorded_usd INTEGER NOT NULL,   -- given by transcripts
    recorded_pico INTEGER NOT NULL,
    PRIMARY KEY (quarter_ms, after_start, session, project, model, dimensions)
) STRICT, WITHOUT ROWID;

CREATE TABLE subagents (
    -- The types of subagents that only a file beside their transcript names.
    session INTEGER NOT NULL REFERENCES sessions,
    agent_id TEXT NOT NULL, -- as in dimensions
    kind TEXT NOT NULL,     -- as dimensions.subagent
    PRIMARY KEY (session, agent_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE titles (
    -- Titles of sessions. They are text of a conversation, so there are none without `[keep] titles = true`.
    session INTEGER NOT NULL REFERENCES sessions,
    kind INTEGER NOT NULL, -- 0: summary; 1: ai-title; 2: custom-title; the highest is the session's title
    title TEXT NOT NULL,
    PRIMARY KEY (session, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE claude_days (
    -- Claude Code's own statistics: tokens by day and model, from its stats-cache.json (`cco ledger import
    -- stats-cache`). No sum includes them, and they are only shown for days with nothing counted.
    day TEXT NOT NULL,           -- such as 2026-01-31, in UTC
    model TEXT NOT NULL,         -- empty: a forgotten project was used on this day, so it gets no statistics
    tokens INTEGER NOT NULL,
    with_cache INTEGER NOT NULL, -- 1: tokens include those of the cache; 0: input and output only
    PRIMARY KEY (day, model)
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
    SELECT datetime(quarter_ms / 1000, 'unixepoch') AS quarter, agents.name AS agent,
           sessions.name AS session, projects.name AS project, projects.path AS path, models.name AS model,
           branch, COALESCE(NULLIF(subagent, ''), subagents.kind, '') AS subagent, dimensions.agent_id, skill,
           plugin, mcp_server, mcp_tool, effort, entrypoint, first_ms, last_ms, requests, messages, input, output,
           cache_write_5m, cache_write_1h, cache_read, web_searches, web_fetches, thinking,
           provisional_messages, provisional_output, unpriced_tokens,
           cost_usd + cost_pico * 1e-12 AS cost,
           computed_usd + computed_pico * 1e-12 AS computed_cost,
           recorded_usd + recorded_pico * 1e-12 AS recorded_cost
      FROM rollups
      JOIN sessions ON sessions.id = rollups.session
      JOIN agents ON agents.id = sessions.agent
      JOIN projects ON projects.id = rollups.project
      JOIN models ON models.id = rollups.model
      JOIN dimensions ON dimensions.id = rollups.dimensions
      LEFT JOIN subagents ON subagents.session = rollups.session AND subagents.agent_id = dimensions.agent_id;
