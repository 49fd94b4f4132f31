//! Documents of apps: tables, filters and transactions on SQLite and PostgreSQL.
