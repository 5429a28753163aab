"""Chinese of who may see what, of what is sent and deleted, and of the server's own states; see `problem_sentences`."""

from __future__ import annotations

from typing import Final

#: English and Chinese.
SENTENCES: Final = (
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
    ("The processes that read objects cannot be started.", "无法启动读取对象的进程。"),
    (
        "The work took longer than the {seconds} seconds that the server gives to one request.",
        "处理时间超过了服务器给予一个请求的 {seconds} 秒。",
    ),
    ("The server has no room on its disk to make this at the moment.", "服务器磁盘目前没有空间来生成此内容。"),
    ("This answer is larger than any that the server makes.", "此应答大于服务器所能生成的任何应答。"),
    ("What was made for this request is not there any more.", "为此请求生成的内容已不存在。"),
    (
        "This picture needs more memory than the server gives to one request.",
        "此图片所需内存超过服务器给予一个请求的内存。",
    ),
    ("The server failed over this object.", "服务器处理此对象时失败。"),
    ("Drawing it ended the process.", "绘制它导致进程终止。"),
    ("Drawing it took longer than {seconds} seconds.", "绘制它超过了 {seconds} 秒。"),
    (
        "This cannot be recorded at the moment, and nothing is answered without it.",
        "目前无法记录此操作，而不记录就不作应答。",
    ),
    ("This server speaks HTTP/1.0 and HTTP/1.1.", "本服务器使用 HTTP/1.0 和 HTTP/1.1。"),
    ("A request of HTTP/1.1 must have the header field Host.", "HTTP/1.1 请求必须有头字段 Host。"),
    ("The answer has {size} bytes, none of which is in this range.", "应答有 {size} 字节，没有一个在此范围内。"),
    # who asks
    (
        "Authorization needs a scheme and credentials, such as Bearer and a token.",
        "Authorization 须有方案和凭据，例如 Bearer 和令牌。",
    ),
    ("This scheme of authentication is not taken here.", "此处不接受该身份验证方案。"),
    ("The client certificate has expired, or is not valid yet.", "客户端证书已过期，或尚未生效。"),
    ("The client certificate cannot be read.", "无法读取客户端证书。"),
    ("The proxy does not say who asks.", "代理没有说明请求者是谁。"),
    ("The token is signed with a key that is not known.", "令牌由未知的密钥签名。"),
    ("The token is signed in a way that is not taken.", "令牌的签名方式不被接受。"),
    ("The token is of an issuer that is not known here.", "令牌的颁发者在此处未知。"),
    ("The token has expired.", "令牌已过期。"),
    ("The token is not valid yet.", "令牌尚未生效。"),
    ("The token is for another server.", "令牌用于另一台服务器。"),
    (
        "The token does not say when it expires, who issued it, or for whom.",
        "令牌没有说明何时过期、由谁颁发或为谁颁发。",
    ),
    ("The token is not valid.", "令牌无效。"),
    ("This link is not valid.", "此链接无效。"),
    # stored and deleted
    ("The object cannot be stored.", "无法存储此对象。"),
    ("Send the body as it is, or chunked.", "请按原样发送正文，或分块发送。"),
    ("Send the body as it is, without Content-Encoding.", "请按原样发送正文，不要使用 Content-Encoding。"),
    (
        "The request does not say what its body is. Write Content-Type: {example}",
        "请求没有说明其正文是什么。请写 Content-Type: {example}",
    ),
    (
        "There is more than one Content-Type. Write Content-Type: {example}",
        "Content-Type 不止一个。请写 Content-Type: {example}",
    ),
    ("Content-Type is malformed. Write Content-Type: {example}", "Content-Type 格式有误。请写 Content-Type: {example}"),
    (
        "This server stores application/dicom. Write Content-Type: {example}",
        "本服务器存储 application/dicom。请写 Content-Type: {example}",
    ),
    (
        "Metadata with bulk data apart are not stored here, only whole objects. Write Content-Type: {example}",
        "此处不存储与大块数据分开的元数据，只存储完整的对象。请写 Content-Type: {example}",
    ),
    (
        "The boundary is missing, or not of 1 to 70 of the characters that it may have. Write Content-Type: {example}",
        "缺少 boundary，或它不是由 1 到 70 个允许的字符组成。请写 Content-Type: {example}",
    ),
    (
        "The answer to what is stored can be had as DICOM JSON or DICOM XML.",
        "存储请求的应答可以 DICOM JSON 或 DICOM XML 形式提供。",
    ),
    (
        "The Study Instance UID in the path is none: digits and dots, 64 at the most.",
        "路径中的 Study Instance UID 不是 UID：应为数字和点，最多 64 个字符。",
    ),
    (
        "The request has no parts: each object is a part between boundaries.",
        "请求没有任何部分：每个对象是分界之间的一个部分。",
    ),
    (
        "The request has more than {count} parts. Send them in several requests.",
        "请求超过 {count} 个部分。请分多次发送。",
    ),
    ("There is nothing with these UIDs.", "没有具有这些 UID 的内容。"),
    ("Who asks may not delete all of this; nothing was deleted.", "请求者无权删除全部内容；未删除任何内容。"),
    (
        "Some of these objects cannot be looked at at the moment. Nothing was deleted.",
        "目前无法查看其中一些对象。未删除任何内容。",
    ),
)
