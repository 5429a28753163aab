"""Chinese of what may be wrong with drawing an image, and with presentation states; see `problem_sentences`."""

from __future__ import annotations

from typing import Final

#: English and Chinese.
SENTENCES: Final = (
    # colours and grey levels
    ("A look-up table of the image has no entries.", "图像的一个查找表没有条目。"),
    ("The image has colour samples that are no integers.", "图像的颜色样本不是整数。"),
    (
        "The image has {count} samples a pixel, which contradicts {photometric}.",
        "图像每像素有 {count} 个样本，与 {photometric} 矛盾。",
    ),
    (
        "The image has one sample a pixel, which contradicts {photometric}.",
        "图像每像素有一个样本，与 {photometric} 矛盾。",
    ),
    (
        (
            "The image says that bit {high} is the highest of {stored} stored bits in cells of {allocated}, which"
            " cannot be."
        ),
        "图像标明在 {allocated} 位的单元中，{stored} 个存储位的最高位是第 {high} 位，这不可能。",
    ),
    ("Pictures of the colour space {name} are not made.", "不生成颜色空间 {name} 的图片。"),
    ("The image is PALETTE COLOR, but it has no complete palette.", "图像为 PALETTE COLOR，但没有完整的调色板。"),
    (
        "Pictures of PALETTE COLOR images with more than 16 bits allocated are not made.",
        "不生成分配位数超过 16 的 PALETTE COLOR 图像的图片。",
    ),
    (
        "Pictures of images with more than 16 bits allocated and a supplemental palette are not made.",
        "不生成分配位数超过 16 且带补充调色板的图像的图片。",
    ),
    (
        "The image does not say where in its total pixel matrix the frame lies.",
        "图像没有说明该帧在其总像素矩阵中的位置。",
    ),
    ("There is nothing to subtract from.", "没有可从中相减的内容。"),
    ("Masks of images as long as this one are not shifted.", "对这样长的图像，不移动其蒙片。"),
    # presentation states
    ("The presentation state cannot be read as DICOM.", "显示状态不能作为 DICOM 读取。"),
    ("The presentation state does not refer to this image or this frame of it.", "显示状态没有引用此图像或其该帧。"),
    ("presentationUID names an object that is no presentation state.", "presentationUID 所指的对象不是显示状态。"),
    (
        "Of the presentation states this server applies {kinds} and {kind} ones.",
        "在各种显示状态中，本服务器应用以下几种：{kinds}和{kind}。",
    ),
    ("A color presentation state does not apply to this kind of image.", "彩色显示状态不适用于此类图像。"),
    (
        "A grayscale or pseudo-color presentation state does not apply to this kind of image.",
        "灰度或伪彩色显示状态不适用于此类图像。",
    ),
    ("The displayed area of the presentation state has no corners.", "显示状态的显示区域没有角点。"),
    (
        "Displayed areas of a total pixel matrix are applied only where they lie within the frame.",
        "总像素矩阵的显示区域只有位于该帧之内时才应用。",
    ),
    ("The presentation state magnifies too much.", "显示状态的放大倍数过大。"),
    ("The presentation state has too many figures, points or texts.", "显示状态的图形、点或文字过多。"),
    ("The presentation state has too many graphic layers.", "显示状态的图形层过多。"),
    ("The presentation state has no complete palette.", "显示状态没有完整的调色板。"),
    ("The presentation state gives a palette to an image that has colours.", "显示状态为已有颜色的图像指定了调色板。"),
    ("The Presentation LUT of the presentation state cannot be read.", "无法读取显示状态的显示 LUT。"),
    ("The presentation state names a percentage that is none.", "显示状态给出的百分比不是百分比。"),
    (
        "A pixel intensity relationship LUT of the presentation state cannot be read.",
        "无法读取显示状态的一个像素强度关系 LUT。",
    ),
    (
        "Of pixel intensity relationship LUTs in presentation states TO_LOG ones are applied.",
        "显示状态的像素强度关系 LUT 中，只应用 TO_LOG。",
    ),
    (
        "The mask of the presentation state is made of frames that the image does not have.",
        "显示状态的蒙片由图像中没有的帧构成。",
    ),
    ("The mask of the presentation state is shifted out of the image.", "显示状态的蒙片被移出了图像。"),
    ("The mask of the presentation state has too many or too intricate regions.", "显示状态的蒙片区域过多或过于复杂。"),
    ("A region of the mask of the presentation state has no corners.", "显示状态蒙片的一个区域没有角点。"),
    (
        (
            "Of mask operations in presentation states AVG_SUB and TID are applied, and in XA/XRF ones REV_TID over one"
            " range of frames."
        ),
        "显示状态的蒙片运算中，只应用 AVG_SUB 和 TID；XA/XRF 显示状态中还应用单个帧范围的 REV_TID。",
    ),
    # blended images
    ("The image that is laid over this one cannot be drawn.", "无法绘制叠加在此图像上的图像。"),
    (
        "None of the images that the presentation state blends with this one is here.",
        "显示状态与此图像融合的图像均不在此处。",
    ),
    ("Nothing tells which image is to be blended with this one.", "未说明哪幅图像要与此图像融合。"),
    ("An image to be blended cannot be drawn.", "无法绘制一幅要融合的图像。"),
    ("An image to be blended with this one cannot be read.", "无法读取一幅要与此图像融合的图像。"),
    ("An image to be blended with this one has just been removed.", "一幅要与此图像融合的图像刚刚被删除。"),
    ("An image cannot be read at the moment.", "目前无法读取一幅图像。"),
    ("An object is being changed. Try again.", "一个对象正在更改。请重试。"),
    (
        "An image that the presentation state blends, or the state, cannot be read as DICOM.",
        "显示状态所融合的一幅图像，或显示状态本身，不能作为 DICOM 读取。",
    ),
    ("An image is not blended with one of more than {count} frames.", "不将图像与超过 {count} 帧的图像融合。"),
    ("Images as large as these are not blended.", "不融合这样大的图像。"),
    ("Images as long as these are not blended.", "不融合这样长的图像。"),
    ("Images in planes that are not parallel are not blended.", "不融合平面不平行的图像。"),
    (
        "The blending presentation state does not say what is blended, and how.",
        "融合显示状态没有说明融合什么以及如何融合。",
    ),
    (
        "The blending presentation state does not name this image as an underlying one.",
        "融合显示状态没有将此图像列为底层图像。",
    ),
    ("Blending presentation states that refer to a registration are not applied.", "不应用引用配准的融合显示状态。"),
    (
        "The advanced blending presentation state does not say what is blended, and how.",
        "高级融合显示状态没有说明融合什么以及如何融合。",
    ),
    (
        "The advanced blending presentation state does not name this image or this frame of it.",
        "高级融合显示状态没有列出此图像或其该帧。",
    ),
    (
        (
            "The advanced blending presentation state is shown in the geometry of other images that it names: ask for"
            " one of those."
        ),
        "高级融合显示状态以其列出的其他图像的几何位置显示：请请求其中之一。",
    ),
    ("Advanced blending presentation states with registrations are not applied.", "不应用带配准的高级融合显示状态。"),
    ("Advanced blending presentation states with thresholds are not applied.", "不应用带阈值的高级融合显示状态。"),
    ("Advanced blending presentation states with time series are not applied.", "不应用带时间序列的高级融合显示状态。"),
    ("Advanced blending presentation states with optical paths are not applied.", "不应用带光路的高级融合显示状态。"),
    (
        "Advanced blending presentation states with more than {count} inputs or steps are not applied.",
        "不应用超过 {count} 个输入或步骤的高级融合显示状态。",
    ),
    (
        "Of blending modes in advanced blending presentation states EQUAL and FOREGROUND are applied.",
        "高级融合显示状态的融合模式中，只应用 EQUAL 和 FOREGROUND。",
    ),
    (
        "A step of the advanced blending presentation state blends nothing.",
        "高级融合显示状态的一个步骤没有融合任何内容。",
    ),
    (
        "A step of the advanced blending presentation state needs its own result.",
        "高级融合显示状态的一个步骤需要其自身的结果。",
    ),
)
