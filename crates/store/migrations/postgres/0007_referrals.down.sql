DROP TABLE signal_salts;
DROP TABLE referral_marks;
DROP TABLE referrals;
DROP TABLE referral_codes;
