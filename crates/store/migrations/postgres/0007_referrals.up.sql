-- Referrals: codes that members share, who was brought by whom, and what of earlier referrals new ones are compared
-- with. All but the salts is derived from the journal.
CREATE TABLE referral_codes (
    tenant_id  TEXT COLLATE "C" NOT NULL,
    code       TEXT COLLATE "C" NOT NULL CHECK (length(code) BETWEEN 4 AND 32),
    member_id  TEXT COLLATE "C" NOT NULL,
    seq        BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, code)
);

CREATE INDEX referral_codes_of_member ON referral_codes (tenant_id, member_id, seq);

-- Each member is referred once, for ever.
CREATE TABLE referrals (
    tenant_id    TEXT COLLATE "C" NOT NULL,
    referral_id  TEXT COLLATE "C" NOT NULL,
    code         TEXT COLLATE "C",
    referrer_id  TEXT COLLATE "C" NOT NULL,
    referred_id  TEXT COLLATE "C" NOT NULL CHECK (referred_id <> referrer_id),
    status       TEXT COLLATE "C" NOT NULL CHECK (status IN ('pending', 'qualified', 'rejected', 'reversed')),
    review       TEXT COLLATE "C" NOT NULL CHECK (review IN ('none', 'open', 'approved', 'rejected')),
    flags        TEXT COLLATE "C" NOT NULL,
    reviewed     TEXT COLLATE "C",
    rewards      TEXT COLLATE "C" NOT NULL,
    qualified_by BIGINT,
    qualified_at BIGINT,
    seq          BIGINT NOT NULL,
    version      BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, referral_id),
    UNIQUE (tenant_id, referred_id)
);

CREATE INDEX referrals_in_order ON referrals (tenant_id, seq);
CREATE INDEX referrals_of_referrer ON referrals (tenant_id, referrer_id, seq);
CREATE INDEX referrals_in_review ON referrals (tenant_id, seq) WHERE review = 'open';

-- How often a thing was seen on referrals, and where first and last: a signal of a person as a salted hash, a run of
-- ids, the referrals of a day.
CREATE TABLE referral_marks (
    tenant_id TEXT COLLATE "C" NOT NULL,
    kind      TEXT COLLATE "C" NOT NULL CHECK (kind IN ('codes', 'day', 'email', 'ip', 'device', 'id_run', 'email_run')),
    value     TEXT COLLATE "C" NOT NULL,
    count     BIGINT NOT NULL,
    first     TEXT COLLATE "C" NOT NULL,
    last      TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, kind, value)
);

-- What the signals of people are hashed with. A secret, which the journal must not hold: it cannot be rebuilt.
CREATE TABLE signal_salts (
    tenant_id  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    salt       TEXT COLLATE "C" NOT NULL CHECK (length(salt) = 64),
    created_at BIGINT NOT NULL
);

GRANT SELECT, INSERT, UPDATE ON referral_codes TO guerdon_app;
ALTER TABLE referral_codes ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON referral_codes
    USING (tenant_id = current_setting('guerdon.tenant_id', true));

GRANT SELECT, INSERT, UPDATE ON referrals TO guerdon_app;
ALTER TABLE referrals ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON referrals
    USING (tenant_id = current_setting('guerdon.tenant_id', true));

GRANT SELECT, INSERT, UPDATE ON referral_marks TO guerdon_app;
ALTER TABLE referral_marks ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON referral_marks
    USING (tenant_id = current_setting('guerdon.tenant_id', true));

GRANT SELECT, INSERT ON signal_salts TO guerdon_app;
ALTER TABLE signal_salts ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON signal_salts
    USING (tenant_id = current_setting('guerdon.tenant_id', true));
