PRAGMA application_id = 1819702126;
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE blobs (
    group_id INTEGER NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    number INTEGER NOT NULL, nbytes INTEGER NOT NULL, chunks BLOB NOT NULL,
    PRIMARY KEY (group_id, number)
) WITHOUT ROWID;
CREATE TABLE chunks (digest BLOB PRIMARY KEY, added_at REAL NOT NULL, data BLOB NOT NULL);
CREATE TABLE commits (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    session INTEGER NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    kind TEXT NOT NULL, cell INTEGER, cell_id TEXT, at REAL NOT NULL, source TEXT NOT NULL
);
INSERT INTO "commits" VALUES(1,1,'cell',1,'c1',2.0,'x = [1]');
INSERT INTO "commits" VALUES(2,1,'cell',2,'c2',3.0,'del x; y = [2]');
CREATE TABLE entries (
    commit_id INTEGER NOT NULL REFERENCES commits (id) ON DELETE CASCADE,
    name TEXT NOT NULL, kind TEXT NOT NULL,
    group_id INTEGER REFERENCES groups (id), reason TEXT NOT NULL,
    PRIMARY KEY (commit_id, name)
) WITHOUT ROWID;
INSERT INTO "entries" VALUES(1,'x','kept',1,'');
INSERT INTO "entries" VALUES(2,'x','gone',NULL,'');
INSERT INTO "entries" VALUES(2,'y','kept',2,'');
CREATE TABLE groups (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    digest BLOB NOT NULL UNIQUE, nbytes INTEGER NOT NULL, document BLOB
);
INSERT INTO "groups" VALUES(1,X'9D89C845346E4ECF6B4DA805EF9612DF',3,X'5B315D');
INSERT INTO "groups" VALUES(2,X'67D1C8EA68793EE65ECB93524CE10A6E',3,X'5B325D');
CREATE TABLE sessions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL, notebook TEXT NOT NULL, kernel TEXT NOT NULL,
    host TEXT NOT NULL, pid INTEGER NOT NULL, process_started_at REAL NOT NULL,
    python TEXT NOT NULL, started_at REAL NOT NULL
);
INSERT INTO "sessions" VALUES(1,'','old.ipynb','kernel-1','host',1,0.0,'3.11.9',1.0);
CREATE INDEX commits_of_session ON commits (session, id);
CREATE INDEX entries_of_group ON entries (group_id);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('sessions',1);
INSERT INTO "sqlite_sequence" VALUES('commits',2);
INSERT INTO "sqlite_sequence" VALUES('groups',2);
COMMIT;
