CREATE TABLE {grants} (
    id           BLOB    NOT NULL PRIMARY KEY,
    version      BLOB    NOT NULL,
    subject      BLOB,
    client_id    TEXT    NOT NULL,
    stage        TEXT    NOT NULL,
    forget_after INTEGER NOT NULL,
    document     BLOB    NOT NULL
);
CREATE INDEX {prefix}grants_subject ON {grants} (subject, id) WHERE subject IS NOT NULL AND stage <> 'ended';
CREATE INDEX {prefix}grants_client_id ON {grants} (client_id, id) WHERE stage <> 'ended';
CREATE INDEX {prefix}grants_forget_after ON {grants} (forget_after);

CREATE TABLE {clients} (
    id       TEXT NOT NULL PRIMARY KEY,
    document BLOB NOT NULL
);
