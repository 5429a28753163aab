"""Chinese of what may be wrong inside an object and its compressed frames; see `problem_sentences`."""

from __future__ import annotations

from typing import Final

#: English and Chinese.
SENTENCES: Final = (
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
        "This image cannot be drawn: Samples per Pixel is {value}, not 1 or 3.",
        "无法绘制此图像：Samples per Pixel 为 {value}，而不是 1 或 3。",
    ),
    (
        "This image cannot be drawn: Bits Allocated is {value}, not 1 to {most}.",
        "无法绘制此图像：Bits Allocated 为 {value}，而不是 1 到 {most}。",
    ),
    (
        "This image cannot be drawn: Photometric Interpretation is {value}, Samples per Pixel {count}.",
        "无法绘制此图像：Photometric Interpretation 为 {value}，Samples per Pixel 为 {count}。",
    ),
    ("This image cannot be drawn: {name} is {value}.", "无法绘制此图像：{name} 为 {value}。"),
    ("The pixel data hold no such frame.", "像素数据中没有该帧。"),
    ("The object is being replaced. Try again.", "此对象正在被替换。请重试。"),
    ("The object is not there to be read.", "此对象不在，无法读取。"),
    ("The object cannot be read any more.", "此对象已无法读取。"),
    ("The object is empty.", "此对象为空。"),
    ("The stored object cannot be read as DICOM.", "存储的对象不能作为 DICOM 读取。"),
    ("The object cannot be read as DICOM.", "此对象不能作为 DICOM 读取。"),
    ("This object cannot be read as DICOM.", "此对象不能作为 DICOM 读取。"),
    ("The image cannot be read as DICOM.", "此图像不能作为 DICOM 读取。"),
    ("The stored object is shorter than its own header says.", "存储的对象比其自身头部所述的短。"),
    ("The stored object ends before this frame does.", "存储的对象在该帧结束之前就已结束。"),
    ("The stored object ends before its video stream does.", "存储的对象在其视频流结束之前就已结束。"),
    ("Sequences of this object are nested more than {count} times.", "此对象的序列（SQ）嵌套超过 {count} 层。"),
    ("The deflated data set of this object cannot be inflated.", "此对象的 deflate 压缩数据集无法解压。"),
    # pixel data
    ("The object has no pixel data.", "此对象没有像素数据。"),
    ("This object holds no pixel data.", "此对象不含像素数据。"),
    ("This image cannot be drawn: it holds no pixel data.", "无法绘制此图像：它不含像素数据。"),
    ("The pixel data of this object hold no frames.", "此对象的像素数据不含帧。"),
    ("This object has no frames to show.", "此对象没有可显示的帧。"),
    (
        "The items of this object's pixel data are not where they were when it was read.",
        "此对象像素数据的条目已不在读取时的位置。",
    ),
    ("The pixel data are not where they were when this object was read.", "像素数据已不在读取此对象时的位置。"),
    ("The frames of this object are not all of one size.", "此对象的各帧大小不一致。"),
    (
        "The frames of this object are not of one size, depth and number of colours.",
        "此对象的各帧大小、位深和颜色数不一致。",
    ),
    ("A frame of the object has another size than its header says.", "此对象的一帧与其头部所述的大小不同。"),
    ("Encoded frames are in a spool, not in the object.", "编码后的帧在暂存区中，不在对象中。"),
    ("A nested image of this object does not describe its pixels.", "此对象的一个嵌套图像没有描述其像素。"),
    ("A nested image of this object has no items that could be decoded.", "此对象的一个嵌套图像没有可解码的条目。"),
    (
        "The pixel data are encapsulated, which {name} does not allow (PS3.5 A).",
        "像素数据是封装的，而 {name} 不允许这样（PS3.5 A）。",
    ),
    (
        "The pixel data are shorter than Rows, Columns and Bits Allocated say (PS3.5 8.2).",
        "像素数据比 Rows、Columns 和 Bits Allocated 所述的短（PS3.5 8.2）。",
    ),
    (
        (
            "A frame of {columns} x {rows} pixels with {samples} samples each cannot be decoded: at least one and at"
            " most {most} samples are possible."
        ),
        "{columns} x {rows} 像素、每像素 {samples} 个样本的帧无法解码：样本至少一个，最多 {most} 个。",
    ),
    (
        "Frames of whole bytes cannot start within one (PS3.5 8.1.1).",
        "由整字节组成的帧不能从字节中间开始（PS3.5 8.1.1）。",
    ),
    ("Pixel data with Bits Allocated {bits} cannot be decoded.", "Bits Allocated 为 {bits} 的像素数据无法解码。"),
    (
        "Columns must be even where two pixels share their chroma (PS3.3 C.7.6.3.1.2).",
        "两个像素共用色度时，Columns 必须是偶数（PS3.3 C.7.6.3.1.2）。",
    ),
    # transfer syntaxes and compressed streams
    ("Pixel data in the transfer syntax {uid} cannot be decoded.", "传输语法 {uid} 的像素数据无法解码。"),
    (
        "Pixel data in the transfer syntax {uid} cannot be decoded, {name}: {reason}.",
        "传输语法 {uid}（{name}）的像素数据无法解码：{reason}。",
    ),
    (
        "This image cannot be drawn: its transfer syntax {uid} cannot be decoded.",
        "无法绘制此图像：其传输语法 {uid} 无法解码。",
    ),
    (
        "This image cannot be drawn: its transfer syntax {uid} cannot be decoded, {name}: {reason}.",
        "无法绘制此图像：其传输语法 {uid}（{name}）无法解码：{reason}。",
    ),
    ("The compressed stream of this frame cannot be decoded ({name}).", "该帧的压缩码流无法解码（{name}）。"),
    ("The compressed stream of this frame has {count} components.", "该帧的压缩码流有 {count} 个分量。"),
    (
        "The compressed stream of this frame has {columns} x {rows} pixels, the object says {width} x {height}.",
        "该帧的压缩码流有 {columns} x {rows} 个像素，而对象标明 {width} x {height}。",
    ),
    (
        "The compressed stream of this frame holds something other than one grey or colour image.",
        "该帧的压缩码流所含的不是一幅灰度或彩色图像。",
    ),
    ("The compressed stream of this frame is not built as it should be.", "该帧的压缩码流结构不正确。"),
    (
        "The compressed stream of this frame is no JPEG stream: it has no Start Of Image marker.",
        "该帧的压缩码流不是 JPEG 码流：没有 Start Of Image 标记。",
    ),
    ("The compressed stream of this frame is no JPEG 2000 codestream.", "该帧的压缩码流不是 JPEG 2000 码流。"),
    ("The compressed stream of this frame is no JPEG XL codestream.", "该帧的压缩码流不是 JPEG XL 码流。"),
    (
        "Hierarchical JPEG streams (ISO 10918-1 annex J) cannot be decoded.",
        "分层 JPEG 码流（ISO 10918-1 附录 J）无法解码。",
    ),
    (
        "Lossless JPEG streams with arithmetic coding (ISO 10918-1 process 15) cannot be decoded.",
        "算术编码的无损 JPEG 码流（ISO 10918-1 过程 15）无法解码。",
    ),
    (
        "JPEG 2000 streams with the extensions of ISO 15444-2 cannot be decoded.",
        "含 ISO 15444-2 扩展的 JPEG 2000 码流无法解码。",
    ),
    ("The JPEG stream of this frame has no frame header.", "该帧的 JPEG 码流没有帧头。"),
    ("The JPEG stream of this frame has more than {count} scans.", "该帧的 JPEG 码流超过 {count} 个扫描。"),
    ("The JPEG stream of this frame ends within its header.", "该帧的 JPEG 码流在其头部中间结束。"),
    ("The JPEG stream of this frame ends before the frame does.", "该帧的 JPEG 码流在帧结束之前就已结束。"),
    (
        "The JPEG stream of this frame has something else where a marker must be.",
        "该帧的 JPEG 码流在必须有标记之处有别的内容。",
    ),
    ("The JPEG-LS stream of this frame has no end marker.", "该帧的 JPEG-LS 码流没有结束标记。"),
    ("The JPEG 2000 file of this frame holds no codestream.", "该帧的 JPEG 2000 文件不含码流。"),
    ("The JPEG 2000 codestream of this frame has no complete main header.", "该帧的 JPEG 2000 码流没有完整的主头部。"),
    ("The JPEG 2000 codestream of this frame ends within its header.", "该帧的 JPEG 2000 码流在其头部中间结束。"),
    ("The JPEG 2000 codestream of this frame has {count} components.", "该帧的 JPEG 2000 码流有 {count} 个分量。"),
    ("The JPEG 2000 codestream of this frame has {count} tiles.", "该帧的 JPEG 2000 码流有 {count} 个分块。"),
    (
        "The JPEG 2000 codestream of this frame has an image area outside its tiles, or none.",
        "该帧的 JPEG 2000 码流的图像区域在其分块之外，或没有图像区域。",
    ),
    (
        "The JPEG 2000 codestream of this frame has impossible coding parameters.",
        "该帧的 JPEG 2000 码流的编码参数不可能成立。",
    ),
    (
        "The JPEG 2000 codestream of this frame lacks step sizes of subbands.",
        "该帧的 JPEG 2000 码流缺少子带的量化步长。",
    ),
    (
        "The JPEG 2000 codestream of this frame has something else where a marker must be.",
        "该帧的 JPEG 2000 码流在必须有标记之处有别的内容。",
    ),
    ("The JPEG XL image of this frame is an animation.", "该帧的 JPEG XL 图像是动画。"),
    (
        "Pixels of {bits} bits need more segments than RLE has (PS3.5 G.5).",
        "{bits} 位的像素所需的段数超过 RLE 所能有的（PS3.5 G.5）。",
    ),
    (
        "The RLE stream of this frame has {count} segments instead of {expected} (PS3.5 G.2).",
        "该帧的 RLE 码流有 {count} 个段，而不是 {expected} 个（PS3.5 G.2）。",
    ),
    (
        "The RLE stream of this frame has segments outside itself (PS3.5 G.5).",
        "该帧的 RLE 码流有位于其自身之外的段（PS3.5 G.5）。",
    ),
    ("The RLE stream of this frame is too short for its rows and columns.", "该帧的 RLE 码流对其行和列而言过短。"),
    ("The RLE stream of this frame ends before the frame does.", "该帧的 RLE 码流在帧结束之前就已结束。"),
)
