"""The columns of each relation, in the order in which rows are written."""

COLUMNS = {
    "department": "code name academy",
    "week": "week first_day last_day",
    "organisation_group": "id name is_public is_paqte",
    "sector": "id name",
    "association": "id name target_count",
    "school": "id name code_uai kind street zipcode city department_code visible",
    "school_week": "school_id week",
    "account": "id kind role email phone first_name last_name gender department_code ministry_id school_id "
               "confirmed_at discarded_at created_at",
    "referent_invitation": "id email kind department_code ministry_id created_at account_id",
    "offer": "id title description max_candidates owner_id sector_id group_id is_public school_id track "
             "department_code academy street zipcode city employer_name employer_website employer_description "
             "tutor_name tutor_email tutor_phone permalink first_date last_date published_at discarded_at "
             "view_count created_at",
    "offer_week": "offer_id week",
    "application": "id offer_id student_id week state motivation answer_message submitted_at approved_at "
                   "rejected_at canceled_at expired_at convention_signed_at reminded_at",
    "off_platform_placement": "id association_id is_public group_id sector_id department_code type seats "
                              "seats_used male female week updated_at imported_at",
}
COLUMNS = {relation: columns.split() for relation, columns in COLUMNS.items()}
WITH_IDENTITY = [relation for relation, columns in COLUMNS.items() if columns[0] == "id"]
