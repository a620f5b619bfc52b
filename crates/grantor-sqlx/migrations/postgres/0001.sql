CREATE TABLE {grants} (
    id           bytea  NOT NULL PRIMARY KEY,
    version      bytea  NOT NULL,
    subject      bytea,
    client_id    text   COLLATE "C" NOT NULL,
    stage        text   COLLATE "C" NOT NULL,
    forget_after bigint NOT NULL,
    document     bytea  NOT NULL
);
-- By digest, since an index entry is bounded and a subject is not.
CREATE INDEX {prefix}grants_subject ON {grants} (sha256(subject), id) WHERE subject IS NOT NULL AND stage <> 'ended';
CREATE INDEX {prefix}grants_client_id ON {grants} (client_id, id) WHERE stage <> 'ended';
CREATE INDEX {prefix}grants_forget_after ON {grants} (forget_after);

CREATE TABLE {clients} (
    id       text  COLLATE "C" NOT NULL PRIMARY KEY,
    document bytea NOT NULL
);
