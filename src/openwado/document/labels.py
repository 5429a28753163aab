"""The words of this program in documents, by language: what the object says stays as it is."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openwado.document.model import Fact

Language = Literal["en", "zh-CN"]

#: Key, English, Chinese.
_ROWS = (
    ("patient", "Patient", "患者"),
    ("study", "Study", "检查"),
    ("document", "Document", "文档"),
    ("name", "Name", "姓名"),
    ("patient id", "Patient ID", "患者编号"),
    ("birth date", "Date of birth", "出生日期"),
    ("sex", "Sex", "性别"),
    ("age", "Age", "年龄"),
    ("male", "male", "男"),
    ("female", "female", "女"),
    ("other", "other", "其他"),
    ("study date", "Date", "日期"),
    ("study description", "Description", "描述"),
    ("accession number", "Accession number", "检查号"),
    ("referring physician", "Referring physician", "申请医师"),
    ("institution", "Institution", "机构"),
    ("device", "Device", "设备"),
    ("series", "Series", "序列"),
    ("instance", "Number", "编号"),
    ("content date", "Content date", "内容日期"),
    ("kind", "Kind of object", "对象类型"),
    ("author", "Author", "作者"),
    ("custodian", "Custodian", "保管机构"),
    ("completion", "Completion", "完成状态"),
    ("complete", "Complete", "已完成"),
    ("partial", "Partial", "未完成"),
    ("verified", "Verified", "已审核"),
    ("unverified", "Not verified", "未审核"),
    ("verified by", "Verified by", "审核者"),
    ("preliminary", "Preliminary", "初步报告"),
    ("final", "Final", "最终报告"),
    (
        "damaged",
        "Damaged: part of the stored object cannot be read and is not shown",
        "已损坏:存储对象的一部分无法读取,未显示",
    ),
    ("contents", "Contents", "目录"),
    ("show codes", "Show codes", "显示代码"),
    ("value", "Value", "数值"),
    ("unit", "Unit", "单位"),
    ("measurement", "Measurement", "测量"),
    ("further", "Further", "补充"),
    ("page", "Page", "页"),
    ("of", "of", "共"),
    ("observed", "Observed", "观察时间"),
    ("reference", "Reference", "引用"),
    ("see item", "See", "参见"),
    ("image", "Image", "图像"),
    ("object", "Object", "对象"),
    ("waveform", "Waveform", "波形"),
    ("frame", "Frame", "帧"),
    ("segment", "Segment", "分段"),
    ("channel", "Channel", "通道"),
    ("presentation state", "Presentation state", "显示状态"),
    ("open", "open", "打开"),
    ("not here", "not in this archive", "本存档中没有"),
    ("points", "Points", "坐标点"),
    ("untitled", "Untitled", "无标题"),
    ("no content", "This document has no content.", "本文档没有内容。"),
    ("attributes", "Attributes", "属性"),
    ("bytes", "bytes", "字节"),
    ("CONTAINS", "contains", "包含"),
    ("HAS PROPERTIES", "with", "属性"),
    ("HAS OBS CONTEXT", "context", "观察背景"),
    ("HAS ACQ CONTEXT", "acquisition context", "采集背景"),
    ("HAS CONCEPT MOD", "more exactly", "修饰"),
    ("INFERRED FROM", "inferred from", "推断自"),
    ("SELECTED FROM", "selected from", "选自"),
    ("waveforms", "Waveforms", "波形"),
    ("channels", "Channels", "通道"),
    ("annotations", "Annotations", "注释"),
    ("annotation", "Annotation", "注释"),
    ("multiplex group", "Group", "组"),
    ("position", "Position", "位置"),
    ("source", "Source", "来源"),
    ("sensitivity", "Sensitivity", "灵敏度"),
    ("baseline", "Baseline", "基线"),
    ("filters", "Filters", "滤波"),
    ("notch filter", "Notch filter", "陷波"),
    ("several filters", "several filters", "多种滤波"),
    ("sampling frequency", "Sampling frequency", "采样频率"),
    ("samples", "Samples", "采样数"),
    ("bits", "Bits", "位数"),
    ("status", "Status", "状态"),
    ("duration", "Duration", "时长"),
    ("arbitrary units", "arbitrary units", "任意单位"),
    ("derived", "derived", "派生"),
    ("all channels", "all", "全部"),
    ("no name", "No name", "无姓名"),
    ("shown", "{0} to {1} of {2}", "{0} 至 {1} (共 {2})"),
    ("page of", "Page {0} of {1}", "第 {0} 页 (共 {1} 页)"),
    ("n further", "{0} further", "另有 {0} 项"),
    ("leads one after another", "Leads one after another in time", "各导联按时间顺序排列"),
    ("leads from one time", "All leads from the same time", "各导联起始时间相同"),
    ("first pages", "Not everything is drawn: only the first pages ({0}).", "未绘出全部内容, 仅前 {0} 页。"),
    ("values cut off", "Values beyond the rows are cut off.", "超出范围的数值已截断。"),
    ("n annotations more", "{0} further annotations are not listed.", "另有 {0} 条注释未列出。"),
    ("electrocardiogram", "Electrocardiogram", "心电图"),
    ("twelve-lead electrocardiogram", "12-lead electrocardiogram", "12导联心电图"),
    ("ambulatory electrocardiogram", "Ambulatory electrocardiogram", "动态心电图"),
    ("hemodynamic waveforms", "Hemodynamic waveforms", "血流动力学波形"),
    ("electrophysiology", "Cardiac electrophysiology", "心脏电生理"),
    ("audio", "Audio", "音频"),
    ("arterial pulse", "Arterial pulse", "动脉脉搏"),
    ("respiration", "Respiration", "呼吸"),
    ("electroencephalogram", "Electroencephalogram", "脑电图"),
    ("sleep electroencephalogram", "Sleep electroencephalogram", "睡眠脑电图"),
    ("electromyogram", "Electromyogram", "肌电图"),
    ("electrooculogram", "Electrooculogram", "眼电图"),
    ("body position", "Body position", "体位"),
)

LABELS: Mapping[Language, Mapping[str, str]] = MappingProxyType(
    {
        "en": MappingProxyType({row[0]: row[1] for row in _ROWS}),
        "zh-CN": MappingProxyType({row[0]: row[2] for row in _ROWS}),
    }
)


def label(key: str, language: Language) -> str:
    """Return a word in a language; what is no key, as it is."""
    return LABELS[language].get(key, key)


def fact_value(fact: Fact, language: Language) -> str:
    """Return what a fact says: the word for a sex, all else as it is."""
    return label(fact.value, language) if fact.label == "sex" else fact.value
