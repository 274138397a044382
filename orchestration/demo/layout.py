"""How the registers beside the persons' own are delivered: columns in file order, form of the file, months."""

from __future__ import annotations

# English contract name -> Chinese header, in file order
COLUMNS: dict[str, dict[str, str]] = {
    "pregnancies": {
        "pregnancy_no": "孕情编号", "id": "身份证号", "area": "户籍地代码", "lmp_date": "末次月经",
        "first_seen_date": "首次掌握日期", "parity_before": "已有子女数", "due_date": "预产期", "outcome": "结局",
        "outcome_date": "结局日期", "registered_at": "登记日期",
    },
    "pregnancy_visits": {
        "visit_no": "随访编号", "pregnancy_no": "孕情编号", "visit_date": "随访日期", "gestational_week": "孕周",
        "visit_type": "随访方式",
    },
    "fee_cases": {
        "case_no": "案件编号", "area": "地区代码", "birth_no": "出生编号", "filed_date": "立案日期",
        "decision_date": "决定日期", "amount_due": "应征金额", "court_applied_date": "申请法院日期",
        "court_enforced_date": "执行日期", "closed_date": "结案日期",
    },
    "fee_payments": {
        "payment_no": "缴款编号", "case_no": "案件编号", "paid_date": "缴款日期", "amount": "金额",
        "treasury_receipt": "缴库凭证号",
    },
    "vaccinations": {
        "dose_no": "接种编号", "mother_id": "母亲身份证号", "birth_date": "出生日期", "sex": "性别",
        "area": "母亲户籍地代码", "dose_date": "接种日期",
    },
    "household_entries": {
        "entry_no": "落户编号", "mother_id": "母亲身份证号", "birth_date": "出生日期", "sex": "性别",
        "area": "户籍地代码", "entry_date": "落户日期",
    },
    "marriages": {
        "registration_no": "登记证号", "id_a": "男方身份证号", "id_b": "女方身份证号", "event": "登记类型",
        "event_date": "登记日期", "area": "地区代码",
    },
    "contraception_use": {
        "id": "身份证号", "area": "户籍地代码", "method": "避孕方法", "method_since": "起始日期",
        "informed_choice": "知情选择", "updated_at": "更新日期",
    },
    "procedures": {
        "procedure_no": "手术编号", "id": "身份证号", "area": "户籍地代码", "institution": "手术机构代码",
        "procedure_type": "手术类别", "procedure_date": "手术日期", "due_date": "应落实日期",
        "informed_choice": "知情选择", "followup_due_date": "应随访日期", "followup_date": "随访日期",
        "registered_at": "登记日期",
    },
    "floating_population": {
        "exchange_no": "交换编号", "id": "身份证号", "area": "地区代码", "other_area": "对方地区代码",
        "direction": "流动方向", "due_date": "应提交日期", "submitted_date": "提交日期",
        "feedback_due_date": "应反馈日期", "feedback_date": "反馈日期", "free_service": "是否享受免费服务",
    },
    "card_reads": {
        "area": "地区代码", "read_date": "读卡日期", "service_contacts": "应读卡数", "valid_reads": "有效读卡数",
    },
    "supplies": {
        "supply_no": "发放编号", "area": "地区代码", "due_recipients": "应发放人数", "recipients": "发放人数",
        "followed_up": "随访人数", "supply_month": "发放月份",
    },
    "health_checks": {
        "check_no": "检查编号", "id": "身份证号", "area": "户籍地代码", "check_type": "检查类型",
        "eligible_from": "符合条件日期", "check_date": "检查日期", "finding": "检查结果", "treated_date": "治疗日期",
    },
    "benefits": {
        "benefit_no": "发放编号", "id": "身份证号", "area": "户籍地代码", "programme": "项目", "year": "年度",
        "amount_due": "应发金额", "amount_paid": "实发金额", "due_date": "应发日期", "paid_date": "发放日期",
    },
    "staff": {
        "post_no": "岗位编号", "area": "地区代码", "level": "级别", "post_type": "岗位类别",
        "on_establishment": "在编", "certified": "持证", "pay_due": "应发报酬", "pay_paid": "实发报酬",
    },
    "facilities": {
        "institution": "机构代码", "area": "地区代码", "level": "级别", "standardised": "标准化达标",
        "opened_on": "成立日期", "accidents": "事故数",
    },
    "institution_inspections": {
        "inspection_no": "检查编号", "institution": "机构代码", "area": "地区代码", "inspected_on": "检查日期",
        "item": "检查项目", "passed": "是否合格", "rectified_on": "整改日期",
    },
    "two_acts_cases": {
        "case_no": "案件编号", "area": "地区代码", "institution": "机构代码", "act_type": "案件类型",
        "lead_source": "线索来源", "filed_date": "立案日期", "closed_date": "结案日期", "typical": "典型案件",
        "practitioners_licence_revoked": "吊销执业证书人数", "institutions_licence_revoked": "吊销机构许可证数",
        "persons_sentenced": "判刑人数", "fine_amount": "罚款金额",
    },
    "budgets": {"area": "地区代码", "year": "年度", "amount": "金额"},
    "surveys": {
        "interview_no": "访问编号", "survey": "调查代码", "area": "地区代码", "stratum": "层", "weight": "权数",
        "interview_date": "访问日期", "aware_rights": "基本权利知晓", "aware_methods": "避孕方法知晓",
        "aware_policy": "政策法规知晓", "satisfied": "群众满意", "participated": "群众参与",
    },
    "spot_checks": {
        "check_no": "抽查编号", "area": "地区代码", "round": "轮次", "checked_on": "抽查日期", "register": "登记名称",
        "field": "核查项目", "matches": "是否一致", "found_by": "发现来源",
    },
    "inspections": {
        "visit_no": "督查编号", "area": "地区代码", "visit_type": "督查类型", "visited_on": "督查日期",
        "item": "督查项目", "passed": "是否合格", "rectify_by": "整改期限", "rectified_on": "整改日期",
    },
    "insurance": {"id": "身份证号", "area": "户籍地代码", "scheme": "险种", "insured_from": "参保日期"},
    "reported_figures": {
        "area": "地区代码", "period_from": "起始日期", "period_to": "截止日期", "indicator": "指标",
        "numerator": "分子", "denominator": "分母", "value": "数值", "source": "来源",
    },
}  # fmt: skip

_GB = (
    "pregnancies", "pregnancy_visits", "fee_cases", "household_entries", "marriages", "contraception_use",
    "floating_population", "card_reads", "staff", "reported_figures",
)  # fmt: skip
_PACKED = ("contraception_use", "insurance")
# encoding, byte order mark, file name ending
FORMS: dict[str, tuple[str, bool, str]] = {
    name: ("gb18030" if name in _GB else "utf-8", False, "csv.gz" if name in _PACKED else "csv") for name in COLUMNS
}

_QUARTERLY, _HALF_YEARLY, _YEARLY = (3, 6, 9, 12), (6, 12), (12,)
# months of the year in which a slow register is delivered; all others come every month
MONTHS: dict[str, tuple[int, ...]] = {
    "staff": _QUARTERLY, "inspections": _QUARTERLY, "reported_figures": _QUARTERLY,
    "facilities": _HALF_YEARLY, "benefits": _HALF_YEARLY, "surveys": _HALF_YEARLY, "spot_checks": _HALF_YEARLY,
    "insurance": _HALF_YEARLY, "budgets": _YEARLY,
}  # fmt: skip

# which one-file-per-county registers are the whole register, and which hold the policy year's events
FULL = (
    "pregnancies", "fee_cases", "contraception_use", "benefits", "staff", "facilities", "two_acts_cases", "budgets",
    "insurance",
)  # fmt: skip
WINDOW = (
    "pregnancy_visits", "fee_payments", "vaccinations", "household_entries", "marriages", "procedures",
    "floating_population", "card_reads", "supplies", "health_checks", "institution_inspections",
)  # fmt: skip


def due(register: str, month_of_year: int) -> bool:
    """Whether the register is delivered in this month of the year."""
    return month_of_year in MONTHS.get(register, range(1, 13))
