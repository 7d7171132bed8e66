-- What the gateway shows to the web services that it sends to. A secret that is shown cannot be kept as a digest; so it is
-- kept where personal data are, and not in the index, which others may share.
CREATE TABLE web_destinations (
    -- As the forwarding rules of the index name it.
    url                 text PRIMARY KEY,
    -- The whole value of Authorization.
    authorization_value text NOT NULL,
    created_at          timestamptz NOT NULL DEFAULT now()
);
