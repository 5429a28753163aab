"""Words of the page that says that something went wrong; `problem_sentences` has those that say what."""

from __future__ import annotations

from typing import Final

#: Key, English, Chinese.
ROWS: Final = (
    ("status 400", "Bad Request", "请求有误"),
    ("status 401", "Unauthorized", "未通过身份验证"),
    ("status 403", "Forbidden", "禁止访问"),
    ("status 404", "Not Found", "未找到"),
    ("status 405", "Method Not Allowed", "不允许的请求方法"),
    ("status 406", "Not Acceptable", "无法按所求格式提供"),
    ("status 408", "Request Timeout", "请求超时"),
    ("status 410", "Gone", "已删除"),
    ("status 413", "Content Too Large", "请求内容过大"),
    ("status 414", "URI Too Long", "地址过长"),
    ("status 415", "Unsupported Media Type", "不支持的媒体类型"),
    ("status 416", "Range Not Satisfiable", "请求的范围无效"),
    ("status 429", "Too Many Requests", "请求过多"),
    ("status 500", "Internal Server Error", "服务器内部错误"),
    ("status 501", "Not Implemented", "未实现"),
    ("status 503", "Service Unavailable", "服务暂不可用"),
    ("status 505", "HTTP Version Not Supported", "不支持的 HTTP 版本"),
    ("temporary", "This is temporary: the same request may succeed later.", "这是暂时的：稍后再发同一请求可能成功。"),
    ("permanent", "This is permanent: the same request will fail again.", "这不是暂时的：再发同一请求仍会失败。"),
    ("concerns", "Concerns", "涉及"),
    ("available", "Available", "可用"),
)
