-- Referrals: codes that members share, who was brought by whom, and what of earlier referrals new ones are compared
-- with. All but the salts is derived from the journal.
CREATE TABLE referral_codes (
    tenant_id  TEXT NOT NULL,
    code       TEXT NOT NULL CHECK (length(code) BETWEEN 4 AND 32),
    member_id  TEXT NOT NULL,
    seq        INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, code)
) STRICT;

CREATE INDEX referral_codes_of_member ON referral_codes (tenant_id, member_id, seq);

-- Each member is referred once, for ever.
CREATE TABLE referrals (
    tenant_id    TEXT NOT NULL,
    referral_id  TEXT NOT NULL,
    code         TEXT,
    referrer_id  TEXT NOT NULL,
    referred_id  TEXT NOT NULL CHECK (referred_id <> referrer_id),
    status       TEXT NOT NULL CHECK (status = 'pending' OR status = 'qualified' OR status = 'rejected' OR status = 'reversed'),
    review       TEXT NOT NULL CHECK (review = 'none' OR review = 'open' OR review = 'approved' OR review = 'rejected'),
    flags        TEXT NOT NULL,
    reviewed     TEXT,
    rewards      TEXT NOT NULL,
    qualified_by INTEGER,
    qualified_at INTEGER,
    seq          INTEGER NOT NULL,
    version      INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, referral_id),
    UNIQUE (tenant_id, referred_id)
) STRICT;

CREATE INDEX referrals_in_order ON referrals (tenant_id, seq);
CREATE INDEX referrals_of_referrer ON referrals (tenant_id, referrer_id, seq);
CREATE INDEX referrals_in_review ON referrals (tenant_id, seq) WHERE review = 'open';

-- How often a thing was seen on referrals, and where first and last: a signal of a person as a salted hash, a run of
-- ids, the referrals of a day.
CREATE TABLE referral_marks (
    tenant_id TEXT NOT NULL,
    kind      TEXT NOT NULL CHECK (kind = 'codes' OR kind = 'day' OR kind = 'email' OR kind = 'ip' OR kind = 'device' OR kind = 'id_run' OR kind = 'email_run'),
    value     TEXT NOT NULL,
    count     INTEGER NOT NULL,
    first     TEXT NOT NULL,
    last      TEXT NOT NULL,
    PRIMARY KEY (tenant_id, kind, value)
) STRICT;

-- What the signals of people are hashed with. A secret, which the journal must not hold: it cannot be rebuilt.
CREATE TABLE signal_salts (
    tenant_id  TEXT NOT NULL PRIMARY KEY,
    salt       TEXT NOT NULL CHECK (length(salt) = 64),
    created_at INTEGER NOT NULL
) STRICT;
