"""The assessment: answers, links, decisions, risks, the cohort and its printings, reports."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To 0005."""
    _survey()
    _findings()
    _cohort()
    op.create_table(
        "assessment_reports",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("who", sa.String(200), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
    )


def _survey() -> None:
    op.create_table(
        "survey_answers",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("version", sa.String(20), nullable=False),
        sa.Column("question", sa.String(40), nullable=False),
        sa.Column("value", sa.JSON, nullable=False),
        sa.Column("who", sa.String(200), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("beside", sa.Boolean, nullable=False),
    )
    op.create_index("ix_survey_answers_question", "survey_answers", ["question", "number"])
    op.create_table(
        "survey_shares",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("section", sa.String(40), nullable=False),
        sa.Column("label", sa.String(80), nullable=False),
        sa.Column("who", sa.String(200), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.Column("revoked", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("token", name="uq_survey_shares_token"),
    )


def _findings() -> None:
    op.create_table(
        "exemptions",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("control", sa.String(40), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("approver", sa.String(200), nullable=False),
        sa.Column("decided", sa.String(10), nullable=False),
        sa.Column("review", sa.String(10), nullable=False),
        sa.Column("withdrawn", sa.Boolean, nullable=False),
    )
    op.create_index("ix_exemptions_control", "exemptions", ["control", "number"])
    op.create_table(
        "settlements",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("evidence", sa.String(300), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("who", sa.String(200), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
    )
    op.create_table(
        "documents",
        sa.Column("id", sa.String(300), primary_key=True),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("control", sa.String(40), nullable=False),
        sa.Column("bearing", sa.String(16), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("seen", sa.BigInteger, nullable=False),
        sa.Column("scope", sa.JSON, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("withdrawn", sa.Boolean, nullable=False),
        sa.UniqueConstraint("number", name="uq_documents_number"),
    )
    op.create_table(
        "risks",
        sa.Column("id", sa.String(80), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("risk", sa.JSON, nullable=False),
        sa.Column("who", sa.String(200), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )


def _cohort() -> None:
    op.create_table("contribution_identity", sa.Column("id", sa.String(32), primary_key=True))
    op.create_table(
        "contributions",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("version", sa.String(20), nullable=False),
        sa.Column("codes", sa.LargeBinary, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "cohort_words",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("word", sa.String(40), nullable=False),
        sa.UniqueConstraint("word", name="uq_cohort_words_word"),
    )
    op.create_table(
        "cohort_rosters",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("names", sa.LargeBinary, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
    )
    op.create_table(
        "cohort_editions",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("question", sa.String(40), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column(
            "roster",
            sa.String(64),
            sa.ForeignKey("cohort_rosters.digest", name="fk_cohort_editions_roster"),
            nullable=False,
        ),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("printed", sa.JSON, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_cohort_editions_question", "cohort_editions", ["question"])
    op.create_table(
        "cohort_file",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("who", sa.String(200), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
