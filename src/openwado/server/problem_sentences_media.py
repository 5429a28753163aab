"""Chinese of what may be wrong with videos, waveforms and documents; see `problem_sentences`."""

from __future__ import annotations

from typing import Final

#: English and Chinese.
SENTENCES: Final = (
    # moving pictures
    ("This object holds no video stream.", "此对象不含视频流。"),
    ("This object holds no encapsulated video stream.", "此对象不含封装的视频流。"),
    (
        (
            "This server cannot read video streams: ask for application/dicom with transferSyntax=* to have the stored"
            " stream."
        ),
        "本服务器无法读取视频流：若要获取存储的视频流，请用 transferSyntax=* 请求 application/dicom。",
    ),
    (
        (
            "The video stream of this object is none that is known: MPEG-2, H.264 or H.265 as it is, in a program or"
            " transport stream, or in MP4."
        ),
        "此对象的视频流不是已知的类型：MPEG-2、H.264 或 H.265，可为裸流、位于节目流或传输流中，或位于 MP4 中。",
    ),
    (
        "The video stream of this object is empty, or its items are not where they were.",
        "此对象的视频流为空，或其条目已不在原来的位置。",
    ),
    ("The video stream of this object has too many fragments.", "此对象的视频流片段过多。"),
    ("The video stream of this object holds no {name} pictures.", "此对象的视频流不含 {name} 图像。"),
    ("The video stream of this object cannot be read ({name}).", "此对象的视频流无法读取（{name}）。"),
    ("The video stream of this object cannot be decoded as far as this frame.", "此对象的视频流无法解码到该帧。"),
    (
        "The video stream of this object is damaged: not all of its pictures can be decoded.",
        "此对象的视频流已损坏：并非所有图像都能解码。",
    ),
    ("The video stream of this object is too long to be put into MP4.", "此对象的视频流过长，无法放入 MP4。"),
    (
        (
            "The video stream of this object is longer than the {size} MiB that are put into another container: ask for"
            " application/dicom with transferSyntax=* to have it as it is stored."
        ),
        (
            "此对象的视频流超过可放入其他容器的 {size} MiB：若要按存储时的形式获取，请用 transferSyntax=* 请求"
            " application/dicom。"
        ),
    ),
    (
        "The MP4 file of this object holds no samples, or no index of them.",
        "此对象的 MP4 文件不含样本，或没有样本的索引。",
    ),
    ("The MP4 file of this object has too many boxes.", "此对象的 MP4 文件的 box 过多。"),
    (
        "The MP4 file of this object is cut off, or its boxes are malformed.",
        "此对象的 MP4 文件被截断，或其 box 格式有误。",
    ),
    ("The index of this object's MP4 file is too long.", "此对象的 MP4 文件的索引过长。"),
    (
        "This animation should have {count} frames, and there are {found}.",
        "此动画应有 {count} 帧，而实际有 {found} 帧。",
    ),
    ("A font that is needed cannot be opened here.", "此处无法打开所需的字体。"),
    ("The video could not be encoded.", "无法编码视频。"),
    ("The video could not be written.", "无法写出视频。"),
    ("The video is larger than its file can be.", "视频大于其文件所能容纳的大小。"),
    # waveforms
    ("The waveform object cannot be read as DICOM.", "波形对象不能作为 DICOM 读取。"),
    ("The object has no Waveform Sequence (5400,0100).", "此对象没有 Waveform Sequence（5400,0100）。"),
    (
        "The object has more than the {count} waveforms that this server draws.",
        "此对象的波形超过本服务器绘制的 {count} 个。",
    ),
    ("The waveform does not say how many channels and samples it has.", "波形没有说明有多少通道和样本。"),
    (
        "The waveform has more than the {count} channels that this server draws.",
        "波形的通道超过本服务器绘制的 {count} 个。",
    ),
    (
        "The waveform has more than the {count} samples that this server draws.",
        "波形的样本超过本服务器绘制的 {count} 个。",
    ),
    ("The waveform has fewer samples than it says.", "波形的样本少于其所标明的。"),
    ("The waveform's Sampling Frequency (003A,001A) is none.", "波形的 Sampling Frequency（003A,001A）不是频率。"),
    (
        "The waveform's Sample Interpretation (5400,1006) is none that DICOM knows.",
        "波形的 Sample Interpretation（5400,1006）不是 DICOM 已知的。",
    ),
    (
        "The waveform's Bits Allocated (5400,1004) and Sample Interpretation (5400,1006) contradict each other.",
        "波形的 Bits Allocated（5400,1004）与 Sample Interpretation（5400,1006）相互矛盾。",
    ),
    ("The scale of a waveform's channel is no number.", "波形的一个通道的比例不是数字。"),
    ("The drawing could not be written as PNG.", "绘图无法写成 PNG。"),
    # documents
    ("The document is too large to be read.", "文档过大，无法读取。"),
    ("The encapsulated document is cut off.", "封装文档被截断。"),
    ("The PDF document in this object cannot be read.", "此对象中的 PDF 文档无法读取。"),
    (
        "The PDF document in this object is encrypted: its text cannot be read.",
        "此对象中的 PDF 文档已加密：无法读取其文本。",
    ),
    (
        "The report has more content items, or more inside one another, than can be read.",
        "报告的内容项过多或嵌套过深，无法读取。",
    ),
    ("A table of the report is too large.", "报告的一个表格过大。"),
    (
        "The XML document in this object cannot be read: it has a document type or entities, which are not read.",
        "此对象中的 XML 文档无法读取：它含有不予读取的文档类型或实体。",
    ),
    ("The XML document in this object cannot be read: it is too large.", "此对象中的 XML 文档无法读取：文档过大。"),
    (
        "The XML document in this object cannot be read: it is too large or too deeply nested.",
        "此对象中的 XML 文档无法读取：文档过大或嵌套过深。",
    ),
    ("The XML document in this object cannot be read: it is empty.", "此对象中的 XML 文档无法读取：文档为空。"),
    (
        "The XML document in this object cannot be read: it is not well-formed in line {n}.",
        "此对象中的 XML 文档无法读取：第 {n} 行格式不良。",
    ),
    (
        "The XML document in this object cannot be read: its character set is not known.",
        "此对象中的 XML 文档无法读取：其字符集未知。",
    ),
    (
        "The XML document in this object cannot be read: its bytes are not in the character set that it declares.",
        "此对象中的 XML 文档无法读取：其字节不属于所声明的字符集。",
    ),
)
