"""Sentences about what went wrong, in other languages than the one in which they are raised.

Errors carry one English sentence, wherever they are raised. Those that people meet on pages and in addresses that they
write are here with places for what varies; what stands in these places goes over as it is. A sentence that is not here
stays English, and is marked as such.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

#: English and Chinese.
SENTENCES: Final = (
    # pages
    ("There is nothing at this address.", "此地址没有内容。"),
    ("There is no such study.", "没有此检查。"),
    ("There is no such series in this study.", "此检查中没有该序列。"),
    ("There is no such object in this series.", "此序列中没有该对象。"),
    ("There is no such file.", "没有此文件。"),
    ("There is no such page in the manual.", "手册中没有此页。"),
    ("There is no page {n}: the list of studies ends before.", "没有第 {n} 页：检查列表在此之前已结束。"),
    ("There is no page {n}: this study has {count} series.", "没有第 {n} 页：此检查有 {count} 个序列。"),
    ("There is no page {n}: this series has {count} object.", "没有第 {n} 页：此序列有 {count} 个对象。"),
    ("There is no page {n}: this series has {count} objects.", "没有第 {n} 页：此序列有 {count} 个对象。"),
    ("There is no frame {n}: this object has {count} frame.", "没有第 {n} 帧：此对象有 {count} 帧。"),
    ("There is no frame {n}: this object has {count} frames.", "没有第 {n} 帧：此对象有 {count} 帧。"),
    ("{name} has to be a number, counted from 1.", "{name} 必须是从 1 起计的数字。"),
    (
        "{name} must be at most {count} words of at most {length} characters each.",
        "{name} 最多可有 {count} 个词，每个词最多 {length} 个字符。",
    ),
    ("{name} must be a date, such as 2026-01-31.", "{name} 必须是日期，例如 2026-01-31。"),
    ("from must not be later than to.", "from 不得晚于 to。"),
    ("lang has to be one of {names}.", "lang 必须是以下之一：{names}。"),
    # requests by their address
    (
        "requestType is missing: a request has requestType=WADO, studyUID, seriesUID and objectUID, spelt so.",
        "缺少 requestType：请求须含 requestType=WADO、studyUID、seriesUID 和 objectUID，且拼写如此。",
    ),
    (
        "{name} is missing: a request has requestType=WADO, studyUID, seriesUID and objectUID.",
        "缺少 {name}：请求须含 requestType=WADO、studyUID、seriesUID 和 objectUID。",
    ),
    (
        "{partner} is missing: give {name} and {both} both, or neither.",
        "缺少 {partner}：{name} 与 {both} 须同时给出，或都不给出。",
    ),
    ("{name} is given more than once: give it once.", "{name} 给出了多次：只能给出一次。"),
    ("{name} is not answered here: leave it out.", "此处不处理 {name}：请去掉它。"),
    (
        "{name} holds a control character: send the value alone, without NUL padding.",
        "{name} 含有控制字符：请只发送值本身，不要用 NUL 填充。",
    ),
    (
        (
            "The query is malformed: write every character outside of printable ASCII, and % itself, as % and two"
            " hexadecimal digits."
        ),
        "查询格式有误：可打印 ASCII 之外的字符以及 % 本身，须写成 % 加两位十六进制数字。",
    ),
    ("{name} is malformed: its %HH are not UTF-8.", "{name} 格式有误：其中的 %HH 不是 UTF-8。"),
    (
        "{name} must be a UID: digits and single dots between them, at most 64 characters.",
        "{name} 必须是 UID：数字及其间的单个点，最多 64 个字符。",
    ),
    ("{name} must be WADO, in capitals.", "{name} 必须是大写的 WADO。"),
    (
        "{name} may not stand beside presentationUID: leave one of them out.",
        "{name} 不得与 presentationUID 同时使用：请去掉其一。",
    ),
    (
        "{name} may not stand beside {type}: leave it out, or ask for contentType=application/dicom.",
        "{name} 不得与 {type} 同时使用：请去掉它，或请求 contentType=application/dicom。",
    ),
    (
        "{name} may not stand beside {type}: leave it out, or ask for a picture such as contentType=image/jpeg.",
        "{name} 不得与 {type} 同时使用：请去掉它，或请求图像，例如 contentType=image/jpeg。",
    ),
    (
        "{name} may not stand beside {type}: leave it out: it is for pictures only.",
        "{name} 不得与 {type} 同时使用：请去掉它，它仅用于图像。",
    ),
    ("{name} must be yes, or left out.", "{name} 必须是 yes，或不给出。"),
    ("{name} must be 1, or left out.", "{name} 必须是 1，或不给出。"),
    ("{name} must be 8 or 16.", "{name} 必须是 8 或 16。"),
    ("{name} must be a positive integer.", "{name} 必须是正整数。"),
    ("{name} must be a positive integer: frames are counted from 1.", "{name} 必须是正整数：帧从 1 起计。"),
    ("{name} must be an integer from 1 to 100.", "{name} 必须是 1 到 100 的整数。"),
    ("{name} must be a decimal number of at most 16 characters.", "{name} 必须是十进制数，最多 16 个字符。"),
    (
        "{name} must be a decimal number above 0 of at most 16 characters.",
        "{name} 必须是大于 0 的十进制数，最多 16 个字符。",
    ),
    (
        "{name} must be xmin,ymin,xmax,ymax: four decimals from 0 to 1, each minimum below its maximum.",
        "{name} 必须是 xmin,ymin,xmax,ymax：四个 0 到 1 的小数，每个最小值小于其最大值。",
    ),
    (
        "{name} must be one transfer syntax UID, or * for the stored one.",
        "{name} 必须是一个传输语法 UID，或用 * 表示存储时的传输语法。",
    ),
    (
        "{name} must be patient, technique, or both with a comma between them.",
        "{name} 必须是 patient、technique，或用逗号分隔的两者。",
    ),
    (
        (
            "contentType is malformed: give media types such as image/jpeg, separated by commas, each with an optional"
            " ;q= from 0 to 1 with at most three decimals."
        ),
        "contentType 格式有误：请给出媒体类型，例如 image/jpeg，以逗号分隔，每个可带 ;q=（0 到 1，最多三位小数）。",
    ),
    (
        "contentType takes no wildcards: name each media type, such as image/jpeg, or leave contentType out.",
        "contentType 不接受通配符：请写明每个媒体类型，例如 image/jpeg，或不给出 contentType。",
    ),
    (
        "charset is malformed: give names such as UTF-8, separated by commas, each with an optional ;q= from 0 to 1.",
        "charset 格式有误：请给出字符集名称，例如 UTF-8，以逗号分隔，每个可带 ;q=（0 到 1）。",
    ),
    (
        "This object cannot be had in a media type that the request accepts. It can be had as: {types}.",
        "此对象不能以请求接受的媒体类型提供。可提供：{types}。",
    ),
    (
        "frameNumber is too high: this object has {count} frames, counted from 1.",
        "frameNumber 过大：此对象有 {count} 帧，从 1 起计。",
    ),
    ("windowWidth must be greater than 0.", "windowWidth 必须大于 0。"),
    ("windowWidth must be at least 1 for this image.", "此图像的 windowWidth 至少为 1。"),
    ("windowCenter and windowWidth must be finite numbers.", "windowCenter 和 windowWidth 必须是有限的数。"),
    (
        (
            "The picture would have {rows} rows and {columns} columns. At most {limit} pixels and {side} rows or"
            " columns are made: ask for fewer rows or columns, or for a smaller region."
        ),
        "图像将有 {rows} 行 {columns} 列。最多生成 {limit} 个像素，行或列最多 {side}：请减少行或列，或缩小区域。",
    ),
    ("There is no presentation state with these UIDs in the study.", "此检查中没有具有这些 UID 的显示状态。"),
    ("This server does not anonymize.", "本服务器不做匿名化处理。"),
    # who may see what
    ("This needs the right {right}, which no rule gives to who asks.", "需要权限 {right}，没有规则将其授予请求者。"),
    (
        "This object may be had anonymized only: ask with contentType=application/dicom and anonymize=yes.",
        "此对象只能以匿名形式提供：请用 contentType=application/dicom 和 anonymize=yes 请求。",
    ),
    (
        "This object may be seen, but not had as DICOM: ask for a rendered type, such as image/jpeg or text/html.",
        "此对象可以查看，但不能以 DICOM 形式提供：请请求渲染类型，例如 image/jpeg 或 text/html。",
    ),
    (
        "This object may not be had rendered: ask with contentType=application/dicom.",
        "此对象不能以渲染形式提供：请用 contentType=application/dicom 请求。",
    ),
    ("User name and password do not belong together.", "用户名与密码不匹配。"),
    ("User name and password are not written as HTTP Basic writes them.", "用户名和密码的写法不符合 HTTP Basic。"),
    (
        "A password is taken over TLS only: ask by https, and choose another one.",
        "密码只能通过 TLS 接受：请用 https 请求，并另选密码。",
    ),
    ("Too many passwords are being checked. Try again.", "正在验证的密码过多。请重试。"),
    ("The token is not known.", "令牌未知。"),
    ("The API key is not known.", "API 密钥未知。"),
    ("The API key has expired.", "API 密钥已过期。"),
    ("The client certificate is not known.", "客户端证书未知。"),
    ("This link has expired.", "此链接已过期。"),
    ("This link is not valid any more.", "此链接已失效。"),
    ("This link has been used as often as it may be.", "此链接的使用次数已用尽。"),
    ("Who asks cannot be checked at the moment.", "目前无法验证请求者的身份。"),
    ("Sign in to see this: the server has to know who asks.", "请先登录：服务器须知道请求者是谁。"),
    # objects
    ("There is no object with these study, series and object UIDs.", "没有具有这些检查、序列和对象 UID 的对象。"),
    ("The object was here, but has been removed.", "此对象曾在此处，但已被删除。"),
    ("The object cannot be read at the moment. Try again.", "目前无法读取此对象。请重试。"),
    ("The object cannot be read at the moment.", "目前无法读取此对象。"),
    ("The object has just been removed.", "此对象刚刚被删除。"),
    ("The object is being changed. Try again.", "此对象正在更改。请重试。"),
    ("This object holds no picture.", "此对象不含图像。"),
    ("This object holds no image.", "此对象不含图像。"),
    ("This object holds no document.", "此对象不含文档。"),
    (
        "The pixel data of this image are kept elsewhere (Pixel Data Provider URL).",
        "此图像的像素数据存放在别处（Pixel Data Provider URL）。",
    ),
    ("This image cannot be drawn: its pixel data are empty.", "无法绘制此图像：像素数据为空。"),
    ("This image cannot be drawn: its pixel data are shorter than one frame.", "无法绘制此图像：像素数据不足一帧。"),
    (
        "This image cannot be drawn: nothing says how its pixel data are compressed.",
        "无法绘制此图像：未说明像素数据的压缩方式。",
    ),
    (
        "This image cannot be drawn: its fragments cannot be told apart into frames.",
        "无法绘制此图像：其片段无法划分为帧。",
    ),
    ("This image cannot be drawn: its palette is missing or malformed.", "无法绘制此图像：调色板缺失或格式有误。"),
    (
        "This image cannot be drawn: its Photometric Interpretation is not supported.",
        "无法绘制此图像：不支持其光度解释。",
    ),
    (
        "This image cannot be drawn: the lookup tables or shutters of its frames are too large.",
        "无法绘制此图像：各帧的查找表或快门过大。",
    ),
    ("This image cannot be drawn: {name} is missing.", "无法绘制此图像：缺少 {name}。"),
    (
        "This image cannot be drawn: {name} is {value}, not {others}.",
        "无法绘制此图像：{name} 为 {value}，而不是 {others}。",
    ),
    ("This image cannot be drawn: {name} is {value}.", "无法绘制此图像：{name} 为 {value}。"),
    ("The pixel data hold no such frame.", "像素数据中没有该帧。"),
    # sending
    ("The request has more than {size} MiB. Send it in several requests.", "请求超过 {size} MiB。请分多次发送。"),
    ("The object cannot be stored at the moment. Send it again later.", "目前无法存储此对象。请稍后再发送。"),
    ("The request was not sent to its end.", "请求没有发送完整。"),
    (
        "This server takes no objects in over HTTP. To switch it on: openwado serve --stow, or the setting stow.",
        "本服务器不通过 HTTP 接收对象。启用方法：openwado serve --stow，或设置 stow。",
    ),
    ("Nothing is deleted over HTTP where it is not known who asks.", "请求者身份不明时，不能通过 HTTP 删除任何内容。"),
    ("Only {methods} are answered here.", "此处只处理 {methods}。"),
    # the server
    ("The server is busy: too many requests wait already.", "服务器繁忙：等待的请求过多。"),
    ("The server is busy: the request waited too long.", "服务器繁忙：请求等待过久。"),
    (
        "The server's render process crashed over this request. Other requests are not affected.",
        "服务器的渲染进程在处理此请求时崩溃。其他请求不受影响。",
    ),
    ("The server is being stopped.", "服务器正在停止。"),
    ("The index is busy. Try again.", "索引繁忙。请重试。"),
    ("The index cannot be read or written at the moment.", "目前无法读写索引。"),
    ("The index of this server cannot be used.", "本服务器的索引无法使用。"),
    (
        "You send more requests than one client may. Wait a moment, then go on more slowly.",
        "您发送的请求超过了一个客户端的限额。请稍候，再放慢速度继续。",
    ),
    (
        "The server failed over this request. Its log knows more: look for {number}.",
        "服务器处理此请求时失败。日志中有更多信息：请查找 {number}。",
    ),
    (
        "The request target has {length} bytes; at most {most} are read.",
        "请求目标有 {length} 字节，最多读取 {most} 字节。",
    ),
)

_PLACE: Final = re.compile(r"{(\w+)}")

#: Characters of a sentence that is looked at.
_LONGEST: Final = 600


def translated(sentence: str, language: str) -> tuple[str, str]:
    """Return a sentence in a language, and the language that it is in now.

    Args:
        sentence: English.
        language: en or zh-CN.
    """
    if language == "en" or len(sentence) > _LONGEST:
        return sentence, "en"
    for pattern, chinese in _patterns():
        found = pattern.fullmatch(sentence)
        if found is not None:
            return chinese.format_map(found.groupdict()), language
    return sentence, "en"


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    return [(re.compile(_expression(english), re.DOTALL), chinese) for english, chinese in SENTENCES]


def _expression(english: str) -> str:
    pieces = _PLACE.split(english)  # text and names by turns
    return "".join(f"(?P<{piece}>.+?)" if place % 2 else re.escape(piece) for place, piece in enumerate(pieces))
