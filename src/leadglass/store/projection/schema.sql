-- The SQLite projection. Rebuilt from the ledger whenever its version changes; nothing here exists only here.
-- A leaf is named by one integer, (log << 40) | position, so proofs cost one varint a row.

CREATE TABLE logs (
    id INTEGER PRIMARY KEY, -- 1, 2 … in the order of the logs' names
    name TEXT NOT NULL UNIQUE,
    next INTEGER NOT NULL -- index of the first leaf not yet in
);

CREATE TABLE flow_keys (
    id INTEGER PRIMARY KEY,
    calling TEXT NOT NULL,
    address TEXT NOT NULL,
    peer TEXT NOT NULL,
    archive TEXT NOT NULL,
    UNIQUE (calling, address, peer, archive)
);

-- Sums by minute, hour and day, so that any span is a few hundred rows a flow at most.
CREATE TABLE flows (
    span INTEGER NOT NULL, -- seconds: 60, 3600, 86400
    bucket INTEGER NOT NULL, -- its start, in spans since 1970 UTC
    flow INTEGER NOT NULL,
    instances INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    associations INTEGER NOT NULL,
    refusals INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (span, bucket, flow)
) WITHOUT ROWID;

-- Sums of decisions by UTC day: which rule let what pass, for whom, and what was refused or would have been.
CREATE TABLE decisions (
    day INTEGER NOT NULL, -- since 1970 UTC
    verdict INTEGER NOT NULL, -- place in VERDICTS
    route TEXT NOT NULL, -- called title
    flow INTEGER NOT NULL,
    peer TEXT NOT NULL, -- who asked: of an object of a C-MOVE or C-GET, the requester
    scope TEXT NOT NULL, -- of a refusal
    operation TEXT NOT NULL,
    sop_class INTEGER NOT NULL,
    cause TEXT NOT NULL,
    rule TEXT NOT NULL, -- that permitted or refused, else the nearest
    messages INTEGER NOT NULL,
    last INTEGER NOT NULL, -- UTC ns
    leaf INTEGER NOT NULL, -- of the last one
    PRIMARY KEY (day, verdict, route, flow, peer, scope, operation, sop_class, cause, rule)
) WITHOUT ROWID;
CREATE INDEX decisions_would ON decisions (route, day) WHERE verdict = 1;

-- The last association of each caller that was served in the clear, without a certificate, or unknown to the registry.
CREATE TABLE unproved (
    flow INTEGER PRIMARY KEY,
    last INTEGER NOT NULL, -- UTC ns
    leaf INTEGER NOT NULL -- of that one
);

CREATE TABLE patients (
    id INTEGER PRIMARY KEY,
    patient TEXT NOT NULL,
    issuer TEXT NOT NULL,
    name TEXT NOT NULL, -- as last sent
    instances INTEGER NOT NULL DEFAULT 0,
    studies INTEGER NOT NULL DEFAULT 0,
    last_seen INTEGER NOT NULL,
    text TEXT NOT NULL, -- id and name, as searches look for them
    UNIQUE (patient, issuer)
);
CREATE INDEX patients_last_seen ON patients (last_seen);

CREATE TABLE patient_studies (
    patient INTEGER NOT NULL,
    study TEXT NOT NULL,
    PRIMARY KEY (patient, study)
) WITHOUT ROWID;

CREATE INDEX patient_studies_study ON patient_studies (study);

CREATE TABLE accesses (
    id INTEGER PRIMARY KEY, -- the leaf that first spoke of it
    writer TEXT NOT NULL,
    boot INTEGER NOT NULL,
    association INTEGER NOT NULL,
    transfer INTEGER NOT NULL,
    began INTEGER NOT NULL,
    ended INTEGER NOT NULL DEFAULT 0,
    patient INTEGER NOT NULL,
    study TEXT NOT NULL DEFAULT '',
    accession TEXT NOT NULL DEFAULT '',
    modality TEXT NOT NULL DEFAULT '',
    operation TEXT NOT NULL DEFAULT '',
    requester TEXT NOT NULL DEFAULT '', -- of the C-MOVE or C-GET it is part of
    flow INTEGER NOT NULL,
    mode TEXT NOT NULL DEFAULT '',
    rule TEXT NOT NULL DEFAULT '',
    begun INTEGER NOT NULL DEFAULT 0, -- instances
    success INTEGER NOT NULL DEFAULT 0,
    warning INTEGER NOT NULL DEFAULT 0,
    failure INTEGER NOT NULL DEFAULT 0,
    cut_off INTEGER NOT NULL DEFAULT 0,
    unknown INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0,
    closed TEXT NOT NULL DEFAULT '',
    begin_leaf INTEGER NOT NULL DEFAULT 0,
    close_leaf INTEGER NOT NULL DEFAULT 0
);
-- Not unique: were a number ever used twice, both accesses must show.
CREATE INDEX accesses_key ON accesses (writer, boot, association, transfer);
CREATE INDEX accesses_late ON accesses (begin_leaf) WHERE begin_leaf <> id;
CREATE INDEX accesses_began ON accesses (began);
CREATE INDEX accesses_patient ON accesses (patient, began);
CREATE INDEX accesses_study ON accesses (study, began);
CREATE INDEX accesses_flow ON accesses (flow, began);

CREATE TABLE uids (
    id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE
);

-- One row an instance, nothing twice: identity of patient, study and peers is the access's; SOP class and series UIDs
-- are numbers. Clustered by access, so that a transfer is one range and loading only appends.
CREATE TABLE instances (
    access INTEGER NOT NULL,
    number INTEGER NOT NULL,
    sop_class INTEGER NOT NULL,
    series INTEGER NOT NULL,
    sop_instance TEXT NOT NULL,
    status INTEGER NOT NULL,
    outcome INTEGER NOT NULL, -- place in OUTCOMES
    bytes INTEGER NOT NULL,
    begin_leaf INTEGER NOT NULL,
    outcome_leaf INTEGER NOT NULL,
    PRIMARY KEY (access, number)
) WITHOUT ROWID;

CREATE TABLE events (
    id INTEGER PRIMARY KEY, -- its leaf
    time INTEGER NOT NULL,
    kind TEXT NOT NULL,
    peer TEXT NOT NULL,
    archive TEXT NOT NULL,
    patient TEXT NOT NULL,
    issuer TEXT NOT NULL,
    cause TEXT NOT NULL,
    would INTEGER, -- of a refusal: 1 when the mode let it pass
    text TEXT NOT NULL, -- what a search looks in, lower case
    digest BLOB NOT NULL,
    event BLOB NOT NULL
);
CREATE INDEX events_time ON events (time);
CREATE INDEX events_kind ON events (kind, time);
CREATE INDEX events_peer ON events (kind, peer, time) WHERE peer <> '';
CREATE INDEX events_archive ON events (kind, archive, time) WHERE archive <> '';
CREATE INDEX events_patient ON events (patient, time) WHERE patient <> '';
CREATE INDEX events_cause ON events (cause, time) WHERE cause <> '';
CREATE INDEX events_would ON events (would, time) WHERE would IS NOT NULL;

-- A closing names several studies.
CREATE TABLE event_studies (
    study TEXT NOT NULL,
    event INTEGER NOT NULL,
    PRIMARY KEY (study, event)
) WITHOUT ROWID;

-- Queries, retrieves and procedure steps that name a patient, or a study known to be a patient's.
CREATE TABLE event_patients (
    patient TEXT NOT NULL,
    time INTEGER NOT NULL,
    event INTEGER NOT NULL,
    issuer TEXT NOT NULL,
    PRIMARY KEY (patient, time, event, issuer)
) WITHOUT ROWID;

-- Whom a performed procedure step is about: only its N-CREATE says so.
CREATE TABLE procedure_steps (
    sop_instance TEXT PRIMARY KEY,
    patient TEXT NOT NULL,
    issuer TEXT NOT NULL
) WITHOUT ROWID;

CREATE VIRTUAL TABLE event_text USING fts5 (text, content = '', detail = 'none', tokenize = 'trigram');
