"""Words of the page of one object."""

from __future__ import annotations

from typing import Final

#: Key, English, Chinese.
ROWS: Final = (
    ("open alone", "Open it alone", "单独打开"),
    ("download dicom", "Download DICOM", "下载 DICOM"),
    # frames
    ("play", "Play", "播放"),
    ("n pictures a second", "{n} pictures, {rate} a second", "{n} 幅图像，每秒 {rate} 幅"),
    ("frame", "Frame", "帧"),
    ("frame number", "Frame {n}", "第 {n} 帧"),
    ("frame of", "Frame {n} of {all}", "第 {n} 帧（共 {all} 帧）"),
    ("frame before", "Frame before", "上一帧"),
    ("frame next", "Next frame", "下一帧"),
    ("rate", "Rate", "速率"),
    ("show", "Show", "显示"),
    # what is beside it
    ("in this series", "In this series", "本序列"),
    ("object before", "Before", "上一个"),
    ("object next", "Next", "下一个"),
    ("presentation states", "Presentation states", "显示状态"),
    ("as in", "{what}, as in {name}", "{what}，按“{name}”显示"),
    ("about it", "About it", "详细信息"),
    # addresses
    ("get it", "Get it", "获取"),
    ("copy", "Copy", "复制"),
    ("copied", "Copied", "已复制"),
    ("press copy", "Press Ctrl+C", "请按 Ctrl+C"),
    ("text", "Text", "文本"),
    # windows
    ("more contrast", "More contrast", "增强对比度"),
    ("less contrast", "Less contrast", "降低对比度"),
    # facts
    ("patient", "Patient", "患者"),
    ("name", "Name", "姓名"),
    ("study", "Study", "检查"),
    ("description", "Description", "描述"),
    ("accession number", "Accession number", "检查号"),
    ("picture", "Picture", "图像"),
    ("rows columns", "Rows × columns", "行 × 列"),  # noqa: RUF001 -- a multiplication sign
    ("frames", "Frames", "帧数"),
    ("photometric", "Photometric interpretation", "光度解释"),
    ("bits", "Bits", "位数"),
    ("bits of", "{stored} of {allocated}", "{stored} / {allocated}"),
    ("bits of signed", "{stored} of {allocated}, signed", "{stored} / {allocated}，有符号"),
    ("window", "Window center / width", "窗位 / 窗宽"),
    ("rescale", "Rescale", "重缩放"),
    ("rescale values", "slope {slope}, intercept {intercept}", "斜率 {slope}，截距 {intercept}"),
    ("lossy", "Lossy compression", "有损压缩"),
    ("yes", "yes", "是"),
    ("object", "Object", "对象"),
    ("number", "Number", "编号"),
    ("sop class", "SOP class", "SOP 类"),
    ("transfer syntax", "Transfer syntax", "传输语法"),
    ("character set", "Character set", "字符集"),
    ("size", "Size", "大小"),
    ("n bytes", "{n} byte|{n} bytes", "{n} 字节"),
    ("study uid", "Study UID", "检查 UID"),
    ("series uid", "Series UID", "序列 UID"),
    ("object uid", "Object UID", "对象 UID"),
)
