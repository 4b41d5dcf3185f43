/** Raised with every change of the tables; written into the file (PRAGMA user_version). */
export const historyVersion = 1

/** `DRYD` in ASCII: what tells a history from any other SQLite file (PRAGMA application_id). */
export const applicationId = 0x44_52_59_44

/** A record is known by the SHA-256 of its text, so that adding it twice changes nothing. */
export const historyTables = `
  CREATE TABLE IF NOT EXISTS runs (
    id TEXT PRIMARY KEY,
    target TEXT NOT NULL,
    architecture TEXT NOT NULL,
    kernel TEXT,
    accelerator TEXT,
    drydock TEXT NOT NULL,
    started_at TEXT NOT NULL,
    duration_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS runs_by_time ON runs (started_at);
  CREATE TABLE IF NOT EXISTS verdicts (
    run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    check_id TEXT NOT NULL,
    verdict TEXT NOT NULL,
    PRIMARY KEY (run, check_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS verdicts_by_check ON verdicts (check_id);
  CREATE TABLE IF NOT EXISTS boots (
    run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    boot INTEGER NOT NULL,
    phase TEXT NOT NULL,
    ms INTEGER NOT NULL,
    PRIMARY KEY (run, boot, phase)
  ) STRICT, WITHOUT ROWID;
`
