"""The columns and classes of packaged data, known before anything is fetched or read."""

_COLUMNS = {
    "reviews_en": "text label source",
    "reviews_zh": "text label",
    "work_orders": (
        "BscStartDate Asset OriginalShorttext PMType Cost RunningTime MajorSystem Part Action "
        "Variant FM Location Comments FuncLocation SuspSugg Rule"
    ),
    "german_credit": (
        "status_of_existing_checking_account duration_in_month credit_history purpose "
        "credit_amount savings_account_and_bonds present_employment_since "
        "installment_rate_in_percentage_of_disposable_income personal_status_and_sex "
        "other_debtors_or_guarantors present_residence_since property age_in_years "
        "other_installment_plans housing number_of_existing_credits_at_this_bank job "
        "number_of_people_being_liable_to_provide_maintenance_for telephone foreign_worker "
        "creditability"
    ),
    "shuttle": "f1 f2 f3 f4 f5 f6 f7 f8 f9 state",
    "peoples_daily": "tokens tags article",
    "watch": "ax ay az wx wy wz label subject side",
    "electricity": "time demand half_hour weekday",
    "weather": "time precipitation temp_max temp_min wind weather",
    "passengers": "time passengers",
    "movielens/ratings": "user item rating time",
    "digits": "sha256 label path array place",
    "breast_cancer": (
        "mean_radius mean_texture mean_perimeter mean_area mean_smoothness mean_compactness "
        "mean_concavity mean_concave_points mean_symmetry mean_fractal_dimension radius_error "
        "texture_error perimeter_error area_error smoothness_error compactness_error "
        "concavity_error concave_points_error symmetry_error fractal_dimension_error worst_radius "
        "worst_texture worst_perimeter worst_area worst_smoothness worst_compactness "
        "worst_concavity worst_concave_points worst_symmetry worst_fractal_dimension diagnosis"
    ),
    "diabetes": (
        "age sex bmi blood_pressure total_cholesterol ldl hdl cholesterol_ratio log_triglycerides "
        "glucose progression"
    ),
}
_GRAPHS = ("umls", "kinships", "nations", "movielens/graph")
_TRIPLE = ("head", "relation", "tail")
_CLASSES = {
    "reviews_en": ("label", "negative positive"),
    "reviews_zh": ("label", "negative positive"),
    "german_credit": ("creditability", "bad good"),
    "shuttle": ("state", "fault normal"),
    "watch": ("label", "ABD ER FEL IR PEN ROW TRAP"),
    "breast_cancer": ("diagnosis", "benign malignant"),
}

_RELATIONS = {
    "movielens/graph": (
        "likes film.actor.film film.cinematographer.film film.content_rating.film "
        "film.director.film film.film.actor film.film.award_nomination film.film.award_won "
        "film.film.cinematography film.film.country film.film.directed_by film.film.genre "
        "film.film.language film.film.prequel film.film.produced_by "
        "film.film.production_companies film.film.rating film.film.sequel film.film.subjects "
        "film.film.written_by film.film_genre.films_in_this_genre film.film_subject.films "
        "film.producer.film film.production_company.films film.writer.film"
    ),
}


def columns(name: str) -> tuple[str, ...] | None:
    """Give the columns of a packaged data set, None where they are not listed.

    Args:
        name: what follows `package:`.
    """
    if name.startswith(_GRAPHS):
        return _TRIPLE
    return tuple(_COLUMNS[name].split()) if name in _COLUMNS else None


def classes(name: str, label: str | None) -> tuple[str, ...] | None:
    """Give the classes of a packaged data set, None where they are not listed.

    Args:
        name: what follows `package:`.
        label: the column of the class.
    """
    column, values = _CLASSES.get(name, ("", ""))
    return tuple(values.split()) if column and column == label else None


def relations(name: str) -> tuple[str, ...] | None:
    """Give the relations of a packaged graph, None where they are not listed.

    Args:
        name: what follows `package:`.
    """
    return next((tuple(v.split()) for k, v in _RELATIONS.items() if name.startswith(k)), None)
