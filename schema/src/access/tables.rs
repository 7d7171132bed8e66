//! The tables that say who may get in.

diesel::table! {
    users (user_id) {
        user_id -> BigInt,
        name -> Text,
        name_key -> Text,
        roles -> Array<Text>,
        password_hash -> Text,
        disabled -> Bool,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    sessions (secret_hash) {
        secret_hash -> Binary,
        user_id -> BigInt,
        created_at -> Timestamptz,
        used_at -> Timestamptz,
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    api_tokens (token_id) {
        token_id -> BigInt,
        user_id -> BigInt,
        name -> Text,
        secret_hash -> Binary,
        created_at -> Timestamptz,
        used_at -> Nullable<Timestamptz>,
        expires_at -> Nullable<Timestamptz>,
        revoked_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    application_entities (title) {
        title -> Text,
        host -> Text,
        port -> Integer,
        tls -> Bool,
        may_store -> Bool,
        may_search -> Bool,
        may_move -> Bool,
        may_worklist -> Bool,
        created_at -> Timestamptz,
        max_associations -> Nullable<Integer>,
        certificate -> Nullable<Text>,
    }
}

diesel::joinable!(sessions -> users (user_id));
diesel::joinable!(api_tokens -> users (user_id));
diesel::allow_tables_to_appear_in_same_query!(users, sessions, api_tokens);
