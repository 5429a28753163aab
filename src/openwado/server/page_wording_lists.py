"""Words of the frame around every page, and of the pages of studies and series."""

from __future__ import annotations

from typing import Final

#: Key, English, Chinese.
ROWS: Final = (
    ("skip", "Skip to the content", "跳到正文"),
    ("language", "Language", "语言"),
    ("path", "Breadcrumb", "当前位置"),
    ("pages", "Pages", "分页"),
    ("page number", "Page {n}", "第 {n} 页"),
    ("before", "Before", "上一页"),
    ("next", "Next", "下一页"),
    (
        "footer",
        "WADO by ISO 17432, GB/T 40421 and DICOM PS3.18 · not for diagnosis",
        "依据 ISO 17432、GB/T 40421 和 DICOM PS3.18 的 WADO 服务 · 不可用于诊断",
    ),
    # what lists say of studies, series and objects
    ("studies", "Studies", "检查列表"),
    ("n series", "{n} series", "{n} 个序列"),
    ("n objects", "{n} object|{n} objects", "{n} 个对象"),
    ("n frames", "{n} frame|{n} frames", "{n} 帧"),
    ("all objects", "Show all {n} objects", "显示全部 {n} 个对象"),
    ("objects", "Objects", "对象"),
    ("series", "Series", "序列"),
    ("series number", "Series {n}", "序列 {n}"),
    ("series without name", "Series without a name", "未命名的序列"),
    ("object number", "object {n}", "对象 {n}"),
    ("no name", "No name", "无姓名"),
    ("no description", "No description", "无描述"),
    ("no picture", "No picture", "无图像"),
    ("id", "ID", "患者编号"),
    ("born", "Born", "出生日期"),
    ("sex", "Sex", "性别"),
    ("sex M", "male", "男"),
    ("sex F", "female", "女"),
    ("sex O", "other", "其他"),
    ("date", "Date", "日期"),
    ("accession", "Accession", "检查号"),
    ("seen by you", "Those that you may see, among the newest {n}", "最新 {n} 个检查中您有权查看的部分"),
    # why an object has no picture
    (
        "broken uids",
        "Its UIDs break the rules of DICOM, so no WADO request can name it.",
        "其 UID 不符合 DICOM 规则，无法用 WADO 请求访问。",
    ),
    ("opens as document", "Opens as a document.", "可作为文档打开。"),
    ("no image", "Not an image.", "不是图像。"),
    ("no pixels", "It holds no pixels.", "不含像素数据。"),
    (
        "not decoded",
        "Its pixels are stored in a way that this server does not decode.",
        "本服务器不能解码其像素数据的存储方式。",
    ),
    # where there is nothing
    ("empty", "Nothing here yet", "这里还没有内容"),
    (
        "empty archive",
        "This archive is empty. Start the server with a folder of DICOM files; every object in it appears here:",
        "此存档为空。用一个含有 DICOM 文件的文件夹启动服务器，其中的每个对象都会显示在这里：",
    ),
    (
        "empty reload",
        "Files are read in place; nothing is copied, moved or changed. Reload this page after a moment.",
        "文件在原处读取，不会被复制、移动或更改。请稍后重新加载本页。",
    ),
    ("nothing seen", "Nothing that you may see", "没有您有权查看的内容"),
    (
        "no rule",
        "No rule of this server lets you see any of its studies.",
        "本服务器没有任何规则允许您查看其中的检查。",
    ),
)
