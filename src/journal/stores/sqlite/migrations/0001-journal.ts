/**
 * Version 1: the journal.
 *
 * A payload column holds text of up to 128 bytes itself, or else the 32-byte sha256 of a row in `payloads`. In the text of
 * an index, "due" is two disjoint sets: runs that something made ready (`ready_at`), and runs that only a time will wake.
 */
export const journal = `
CREATE TABLE runs (
  row INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  flow TEXT NOT NULL,
  key TEXT,
  status TEXT NOT NULL,
  input ANY NOT NULL,
  input_print TEXT NOT NULL,
  output ANY,
  error TEXT,
  reason TEXT,
  release TEXT,
  parent TEXT,
  parent_path TEXT,
  taken INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  ended_at INTEGER,
  deadline_at INTEGER,
  ready_at INTEGER,
  wake_at INTEGER,
  request TEXT,
  request_reason TEXT,
  epoch INTEGER NOT NULL DEFAULT 0,
  input_tokens INTEGER NOT NULL DEFAULT 0,
  output_tokens INTEGER NOT NULL DEFAULT 0,
  micro_usd INTEGER NOT NULL DEFAULT 0,
  attention_ms INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX runs_by_key ON runs (flow, key) WHERE key IS NOT NULL;
CREATE INDEX runs_by_status ON runs (flow, status);
CREATE INDEX runs_ready ON runs (flow, ready_at) WHERE ready_at IS NOT NULL;
CREATE INDEX runs_timed ON runs (flow, wake_at) WHERE wake_at IS NOT NULL AND ready_at IS NULL;
CREATE INDEX runs_by_parent ON runs (parent) WHERE parent IS NOT NULL;
CREATE INDEX runs_to_take ON runs (parent) WHERE parent IS NOT NULL AND ended_at IS NOT NULL AND taken = 0;
CREATE INDEX runs_ended ON runs (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE entries (
  seq INTEGER PRIMARY KEY,
  run INTEGER NOT NULL,
  scope TEXT NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  at INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  value ANY,
  record ANY,
  error TEXT,
  attempt INTEGER,
  due_at INTEGER,
  input_tokens INTEGER,
  output_tokens INTEGER,
  micro_usd INTEGER,
  attention_ms INTEGER,
  print TEXT,
  version TEXT
) STRICT;
CREATE INDEX entries_by_scope ON entries (run, scope);

CREATE TABLE reviews (
  row INTEGER PRIMARY KEY,
  run TEXT NOT NULL,
  path TEXT NOT NULL,
  flow TEXT NOT NULL,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  role TEXT NOT NULL,
  title TEXT NOT NULL,
  question ANY NOT NULL,
  opened_at INTEGER NOT NULL,
  due_at INTEGER,
  claimed_by TEXT,
  claimed_until INTEGER,
  answers TEXT,
  comments TEXT,
  quorum INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX reviews_by_path ON reviews (run, path);
CREATE INDEX reviews_live ON reviews (run, state) WHERE state IN ('early', 'open', 'settled');
CREATE INDEX reviews_open ON reviews (ifnull(due_at, 9007199254740991), opened_at) WHERE state = 'open';
CREATE INDEX reviews_inbox ON reviews (role, ifnull(due_at, 9007199254740991), opened_at) WHERE state = 'open';

CREATE TABLE signals (
  seq INTEGER PRIMARY KEY,
  run TEXT NOT NULL,
  id TEXT NOT NULL,
  topic TEXT NOT NULL,
  value ANY NOT NULL,
  at INTEGER NOT NULL,
  taken INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX signals_by_id ON signals (run, id);
CREATE INDEX signals_to_take ON signals (run) WHERE taken = 0;

CREATE TABLE cases (
  seq INTEGER PRIMARY KEY,
  decision TEXT NOT NULL,
  run TEXT,
  path TEXT,
  question ANY NOT NULL,
  answer ANY NOT NULL,
  predicted ANY,
  confidence REAL,
  probability REAL NOT NULL,
  origin TEXT NOT NULL,
  by TEXT,
  at INTEGER NOT NULL,
  version TEXT,
  segment TEXT,
  policy TEXT,
  epoch INTEGER,
  answers ANY,
  blind INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX cases_by_decision ON cases (decision);

CREATE TABLE measures (
  seq INTEGER PRIMARY KEY,
  run TEXT NOT NULL,
  id TEXT NOT NULL,
  path TEXT,
  flow TEXT NOT NULL,
  release TEXT,
  segment TEXT,
  name TEXT NOT NULL,
  value REAL NOT NULL,
  at INTEGER NOT NULL,
  origin TEXT NOT NULL,
  by TEXT,
  why TEXT
) STRICT;
CREATE UNIQUE INDEX measures_by_id ON measures (run, id);
CREATE INDEX measures_by_name ON measures (name, flow, at);

CREATE TABLE memos (
  space TEXT NOT NULL,
  key TEXT NOT NULL,
  value BLOB NOT NULL,
  PRIMARY KEY (space, key)
) STRICT;

-- body: TEXT as it is, BLOB compressed with zstd
CREATE TABLE payloads (hash BLOB NOT NULL PRIMARY KEY, body ANY NOT NULL) STRICT;
-- payloads that lost a reference: pruning looks whether another is left
CREATE TABLE suspects (id INTEGER PRIMARY KEY AUTOINCREMENT, hash BLOB NOT NULL UNIQUE) STRICT;
-- runs that are gone, whose entries are being removed
CREATE TABLE remains (run INTEGER PRIMARY KEY) STRICT;
-- one row at most: the process that owns the database, or last did
CREATE TABLE owner (one INTEGER PRIMARY KEY CHECK (one = 1), pid INTEGER NOT NULL, host TEXT NOT NULL, since INTEGER NOT NULL) STRICT;
`
