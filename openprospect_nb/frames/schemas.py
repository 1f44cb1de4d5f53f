"""One declared schema a record kind: the columns, dtypes, units and ranges of every frame.

Times are UTC with microseconds. Scores keep the vendor's ranges: match and qualification 0-10 (higher is better),
validation confidence 0-100 (higher is better), bounce risk 0-100 (lower is better). Free-form JSON stays raw text.
"""

from __future__ import annotations

import polars as pl

UTC_TIME = pl.Datetime("us", "UTC")
SOCIAL_LINK = pl.Struct({"platform": pl.String, "url": pl.String})

PROSPECTS = pl.Schema(
    {
        "order_id": pl.String(),
        "company_id": pl.String(),
        "id": pl.String(),
        "first_name": pl.String(),
        "last_name": pl.String(),
        "job_title": pl.String(),
        "email": pl.String(),
        "phone_number": pl.String(),
        "linkedin_url": pl.String(),
        "qualification_score": pl.Float64(),
        "qualification_reason": pl.String(),
        "email_type": pl.String(),
        "validation_confidence": pl.Float64(),
        "bounce_risk_score": pl.Float64(),
        "source": pl.String(),
    }
)

COMPANIES = pl.Schema(
    {
        "order_id": pl.String(),
        "id": pl.String(),
        "name": pl.String(),
        "website_url": pl.String(),
        "normalized_url": pl.String(),
        "business_type": pl.String(),
        "city": pl.String(),
        "country": pl.String(),
        "description": pl.String(),
        "employee_count": pl.Int64(),
        "phone_numbers": pl.List(pl.String),
        "social_media_links": pl.List(SOCIAL_LINK),
        "match_score": pl.Float64(),
        "match_reasons": pl.List(pl.String),
        "match_reasoning": pl.String(),
        "web_technologies": pl.List(pl.String),
        "web_technologies_analyzed_at": UTC_TIME,
        "source_id": pl.String(),
        "delivered_at": UTC_TIME,
        "legal_registration_info": pl.String(),
        "source": pl.String(),
    }
)

REJECTS = pl.Schema(
    {
        "order_id": pl.String(),
        "record": pl.String(),
        "row_id": pl.String(),
        "field": pl.String(),
        "rule": pl.String(),
        "raw": pl.String(),
    }
)
DRIFT = pl.Schema(
    {"record": pl.String(), "field": pl.String(), "kind": pl.String(), "count": pl.Int64(), "example": pl.String()}
)
