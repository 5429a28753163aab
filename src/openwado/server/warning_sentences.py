"""What `Warning: 299` says, in other languages: a field of a header has English only, the page says it in its own.

Places for what varies stand between braces, as in `problem_sentences`.
"""

from __future__ import annotations

from typing import Final

#: English and Chinese.
SENTENCES: Final = (
    ("windowCenter and windowWidth have no effect on a colour image.", "windowCenter 和 windowWidth 对彩色图像无效。"),
    ("bitDepth has no effect on a picture with colours.", "bitDepth 对彩色图像无效。"),
    (
        "annotation: the picture is too small for more than the patient; the rest was left out.",
        "annotation：图像过小，只能写上患者信息，其余已略去。",
    ),
    (
        "annotation: the picture is too small for any text, which was left out.",
        "annotation：图像过小，不能写上任何文字，文字已略去。",
    ),
    (
        "annotation: the picture is too small for all lines; the rest was left out.",
        "annotation：图像过小，不能写上所有行，其余已略去。",
    ),
    (
        "annotation: keywords that are not known here were ignored: {words}",
        "annotation：已忽略此处未知的关键字：{words}",
    ),
    (
        "query parameters that are not known here were ignored: {count}",
        "已忽略此处未知的查询参数，个数：{count}",
    ),
)
