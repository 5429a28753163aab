"""Chinese of what cannot be made of an object, or sent of it; see `problem_sentences`."""

from __future__ import annotations

from typing import Final

#: English and Chinese.
SENTENCES: Final = (
    # what can be made of an object
    (
        (
            "A frame of this object has {rows} rows and {columns} columns, more than the {most} pixels that this server"
            " decodes for one request."
        ),
        "此对象的一帧有 {rows} 行 {columns} 列，超过本服务器为一个请求解码的 {most} 个像素。",
    ),
    (
        (
            "A moving picture of this object would have {count} frames of {pixels} pixels each decoded, more than the"
            " {most} pixels that this server decodes for one request: ask for single frames by frameNumber."
        ),
        (
            "此对象的动态图像需解码 {count} 帧，每帧 {pixels} 个像素，超过本服务器为一个请求解码的 {most} 个像素：请用"
            " frameNumber 请求单帧。"
        ),
    ),
    (
        (
            "A moving picture of this object would have {count} frames, more than the {most} that this server makes"
            " into one: ask for single frames by frameNumber."
        ),
        "此对象的动态图像将有 {count} 帧，超过本服务器合成一个动态图像的 {most} 帧：请用 frameNumber 请求单帧。",
    ),
    (
        (
            "The moving picture would be larger than {size} MiB: ask for fewer rows and columns, for a region, or for"
            " video."
        ),
        "动态图像将大于 {size} MiB：请减少行和列，或请求一个区域，或请求视频。",
    ),
    (
        "A picture of type {type} has at most {most} {name}, not {size}: ask for fewer.",
        "{type} 类型的图片，{name} 最多为 {most}，而不是 {size}：请减小。",
    ),
    (
        "A video of type {type} has at most {most} pixels a picture, not {count}: ask for fewer rows or columns.",
        "{type} 类型的视频，每幅最多 {most} 个像素，而不是 {count} 个：请减少行或列。",
    ),
    (
        "A video of type {type} has at most {most} {name}, not {size}: ask for fewer.",
        "{type} 类型的视频，{name} 最多为 {most}，而不是 {size}：请减小。",
    ),
    ("Pictures of type {type} are not made.", "不生成 {type} 类型的图片。"),
    ("Animations of type {type} are not made.", "不生成 {type} 类型的动画。"),
    ("Video of type {type} is not made here.", "此处不生成 {type} 类型的视频。"),
    ("A frame in {photometric} cannot be sent as {name}.", "{photometric} 的帧不能以 {name} 发送。"),
    ("A frame with {bits} bits a sample cannot be sent as {name}.", "每样本 {bits} 位的帧不能以 {name} 发送。"),
    ("Signed values cannot be sent as lossy {name}.", "有符号值不能以有损的 {name} 发送。"),
    (
        "Frames in YBR_PARTIAL_422 cannot be written in Explicit VR Little Endian.",
        "YBR_PARTIAL_422 的帧不能以显式 VR 小端写出。",
    ),
    (
        "The native pixel data of this object would be longer than 4 GiB (D-19).",
        "此对象的原生像素数据将超过 4 GiB（D-19）。",
    ),
    ("The pixel data of this object are referenced, not held here.", "此对象的像素数据是引用的，不存放在此处。"),
    ("A video stream ({name}) is not decompressed.", "视频流（{name}）不解压。"),
    ("The stored stream of this object cannot leave as {type}.", "此对象存储的视频流不能以 {type} 发送。"),
    (
        (
            "The stored object breaks off within a data element, so it cannot be sent in Explicit VR Little Endian: a"
            " part would pass for the whole."
        ),
        "存储的对象在一个数据元素中间中断，因此不能以显式 VR 小端发送：否则残缺部分会被当作完整对象。",
    ),
    (
        (
            "This object holds text that is not in the character set that it names (0008,0005), so it cannot be"
            " converted. Leave charset out to have it as it is."
        ),
        "此对象含有不属于其所标明字符集（0008,0005）的文本，因此无法转换。若要按原样获取，请不要给出 charset。",
    ),
    (
        (
            "Not every character of this object can be written in {charset}. Leave charset out to have it as it is, or"
            " ask for UTF-8."
        ),
        "此对象中并非每个字符都能用 {charset} 写出。若要按原样获取，请不要给出 charset，或请求 UTF-8。",
    ),
    (
        "The document has characters that {charset} does not have; UTF-8 has all of them.",
        "文档含有 {charset} 中没有的字符；UTF-8 含有全部字符。",
    ),
    # anonymized
    (
        "An object in this transfer syntax can be anonymized in Explicit VR Little Endian only.",
        "此传输语法的对象只能以显式 VR 小端匿名化。",
    ),
    (
        (
            "Reports and encapsulated documents are not anonymized: what their text says about people cannot be found"
            " reliably."
        ),
        "报告和封装文档不做匿名化：其文本中有关人员的内容无法可靠找出。",
    ),
    (
        "Recorded sound is not anonymized: a voice tells who speaks, and may name anybody.",
        "录音不做匿名化：声音会透露说话者，也可能说出任何人的姓名。",
    ),
    ("An object whose SOP Class UID is no UID is not anonymized.", "SOP Class UID 不是 UID 的对象不做匿名化。"),
    (
        (
            "This image says that text is burned into its pixels, and nothing says where, so it cannot be anonymized"
            " safely. The server's administrator can say where such images have text (setting burned_in_rules)."
        ),
        (
            "此图像标明其像素中烧录有文字，但未说明位置，因此无法安全地匿名化。"
            "服务器管理员可以指定此类图像的文字位置（设置 burned_in_rules）。"
        ),
    ),
    (
        (
            "This image is of a kind where it may be that text is burned into its pixels, and nothing says where, so it"
            " cannot be anonymized safely. The server's administrator can say where such images have text (setting"
            " burned_in_rules)."
        ),
        (
            "此类图像的像素中可能烧录有文字，但未说明位置，因此无法安全地匿名化。"
            "服务器管理员可以指定此类图像的文字位置（设置 burned_in_rules）。"
        ),
    ),
)
