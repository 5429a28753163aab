"""Chinese of what may be wrong with a request by its address; see `problem_sentences`."""

from __future__ import annotations

from typing import Final

#: English and Chinese.
SENTENCES: Final = (
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
    (
        "{name} must be media types separated by commas, each with an optional ;q= from 0 to 1.",
        "{name} 必须是以逗号分隔的媒体类型，每个可带 ;q=（0 到 1）。",
    ),
    (
        "{name} must be names of character sets separated by commas, each with an optional ;q= from 0 to 1.",
        "{name} 必须是以逗号分隔的字符集名称，每个可带 ;q=（0 到 1）。",
    ),
    (
        "contentType is too long: give at most {count} media types in {length} characters.",
        "contentType 过长：最多给出 {count} 个媒体类型，共 {length} 个字符。",
    ),
    (
        (
            "contentType takes no transfer-syntax parameter, and no charset parameter with application/dicom: use the"
            " query parameters transferSyntax and charset."
        ),
        (
            "contentType 不接受 transfer-syntax 参数，与 application/dicom 一起时也不接受 charset 参数：请使用查询参数"
            " transferSyntax 和 charset。"
        ),
    ),
    (
        "contentType may name either application/dicom or rendered media types, not both.",
        "contentType 只能写 application/dicom 或渲染媒体类型之一，不能两者兼有。",
    ),
    ("charset takes no wildcard: name each character set.", "charset 不接受通配符：请写明每个字符集。"),
    (
        "Accept-Charset accepts none of the character sets that there are: {names}.",
        "Accept-Charset 不接受任何可用的字符集：{names}。",
    ),
    (
        "{name} may stand beside {type} only with a transferSyntax that names a lossy transfer syntax.",
        "{name} 只有在 transferSyntax 为有损传输语法时才能与 {type} 同时使用。",
    ),
    ("The object has no frame with this number.", "此对象没有该编号的帧。"),
    ("There is no frame {n}: this object has {count}.", "没有第 {n} 帧：此对象有 {count} 帧。"),
    (
        "There is no frame {n}: the video stream of this object holds {count}.",
        "没有第 {n} 帧：此对象的视频流含 {count} 帧。",
    ),
    ("Frames are counted from 1.", "帧从 1 起计。"),
    ("bitDepth is for single pictures.", "bitDepth 仅用于单张图片。"),
    ("bitDepth is for pictures without presentation state.", "bitDepth 仅用于不带显示状态的图片。"),
    ("bitDepth={bits} is not for video.", "bitDepth={bits} 不能用于视频。"),
    ("bitDepth={bits} is for {able} only.", "bitDepth={bits} 仅用于 {able}。"),
    (
        "This object is stored as video and leaves as it is: leave {name} out, or name one frame by frameNumber.",
        "此对象以视频存储，并按原样发送：请去掉 {name}，或用 frameNumber 指定一帧。",
    ),
    (
        "Ask with transferSyntax=* to have the object as it is stored.",
        "若要按存储时的形式获取此对象，请用 transferSyntax=* 请求。",
    ),
)
