DROP TABLE application_entities;
DROP TABLE api_tokens;
DROP TABLE sessions;
DROP TABLE users;
