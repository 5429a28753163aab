"""Chinese of what may be wrong with the address of a page, a list or a link; see `problem_sentences`."""

from __future__ import annotations

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
    # lists for viewers, links and the statement
    (
        "This may be seen, but not had as DICOM, which is what viewers ask for.",
        "此内容可以查看，但不能以 DICOM 形式提供，而阅片程序请求的正是 DICOM。",
    ),
    (
        (
            "A list holds {most} objects at the most, fewer than there are in this study: ask for one series of it,"
            " with /series/ and its UID before the last part of the address."
        ),
        (
            "一个列表最多含 {most} 个对象，此检查中的对象更多：请只请求其中一个序列，在地址最后一段之前写上 /series/"
            " 及其 UID。"
        ),
    ),
    (
        "A list holds {most} objects at the most, fewer than there are in this series.",
        "一个列表最多含 {most} 个对象，此序列中的对象更多。",
    ),
    (
        (
            "A list holds {most} frames at the most, fewer than there are in this study: ask for one series of it, with"
            " /series/ and its UID before the last part of the address."
        ),
        "一个列表最多含 {most} 帧，此检查中的帧更多：请只请求其中一个序列，在地址最后一段之前写上 /series/ 及其 UID。",
    ),
    (
        "A list holds {most} frames at the most, fewer than there are in this series.",
        "一个列表最多含 {most} 帧，此序列中的帧更多。",
    ),
    ("Too many lists for viewers are being made. Try again.", "正在生成的阅片列表过多。请重试。"),
    (
        "This is more than one list can hold: ask for one series, or one with fewer frames.",
        "内容超出一个列表的容量：请只请求一个序列，或请求帧数较少的序列。",
    ),
    ("Reading so many objects takes too long: ask for one series.", "读取这么多对象耗时过长：请只请求一个序列。"),
    (
        "The address is that of a signed link already: sign the address without it.",
        "此地址已经是签名链接：请对不含签名的地址签名。",
    ),
    ("There is no key with this id.", "没有具有此标识的密钥。"),
    ("Links are made for addresses of {path} only.", "只为 {path} 的地址生成链接。"),
    ("Send {type}.", "请发送 {type}。"),
    ("hours is more than 0, and {most} at the most.", "hours 须大于 0，且最多为 {most}。"),
    ("uses is a number of requests, or 0 for any number.", "uses 是请求次数，0 表示不限次数。"),
    (
        "A link cannot be made to objects that are so different: make one for each.",
        "这些对象差别过大，无法制作一个链接：请为每个对象各制作一个。",
    ),
    (
        "A link to this {scope} cannot be made by who asks: no rule gives the right to hand it on.",
        "请求者不能为此{scope}生成链接：没有规则授予转交的权限。",
    ),
    ("The body is not understood: {error}.", "无法理解请求正文：{error}。"),
    ("The statement can be had as {types}.", "声明可以下列形式提供：{types}。"),
    ("lang is one of {names}.", "lang 须为以下之一：{names}。"),
    ("format is one of {names}.", "format 须为以下之一：{names}。"),
    (
        "Metrics are not for this address, or not through a proxy: the setting metrics_readers says for whom.",
        "指标不向此地址提供，或不通过代理提供：由设置 metrics_readers 决定向谁提供。",
    ),
)
