-- name: get
SELECT admin_id, summary_at, summarized_day, updated_at FROM admin_settings WHERE admin_id = :admin_id

-- name: wanting_summaries
SELECT admin_id, summary_at, summarized_day, updated_at FROM admin_settings WHERE summary_at <> '' ORDER BY admin_id

-- name: set_summary
INSERT INTO admin_settings (admin_id, summary_at, summarized_day, updated_at) VALUES (:admin_id, :summary_at, '', :now)
ON CONFLICT (admin_id) DO UPDATE SET summary_at = excluded.summary_at, updated_at = excluded.updated_at

-- name: note_summarized
UPDATE admin_settings SET summarized_day = :day WHERE admin_id = :admin_id AND summarized_day <> :day

-- When the summary was chosen stays as it is.
-- name: set_hears_sales
INSERT INTO admin_settings (admin_id, summary_at, summarized_day, updated_at, hears_sales)
VALUES (:admin_id, '', '', :now, :hears_sales)
ON CONFLICT (admin_id) DO UPDATE SET hears_sales = excluded.hears_sales

-- name: hears_sales
SELECT hears_sales FROM admin_settings WHERE admin_id = :admin_id
