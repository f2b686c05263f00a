-- name: revision
SELECT version_num FROM alembic_version

-- name: overdue
SELECT COUNT(*) FROM outbox WHERE state = 'waiting' AND due_at <= :before
