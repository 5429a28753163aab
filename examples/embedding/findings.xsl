<?xml version="1.0" encoding="UTF-8"?>
<!-- Findings as a web page: each with the picture that its UIDs name. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
  <xsl:output method="html" encoding="UTF-8"/>
  <xsl:param name="server">http://127.0.0.1:8080/wado</xsl:param>

  <xsl:template match="/findings">
    <html lang="en">
      <head><title>Findings</title></head>
      <body><xsl:apply-templates select="finding"/></body>
    </html>
  </xsl:template>

  <xsl:template match="finding">
    <xsl:variable name="address">
      <xsl:value-of select="concat($server, '?requestType=WADO', '&amp;studyUID=', @study, '&amp;seriesUID=', @series)"/>
      <xsl:value-of select="concat('&amp;objectUID=', @object, '&amp;contentType=image/jpeg&amp;rows=256')"/>
      <xsl:if test="window">
        <xsl:value-of select="concat('&amp;windowCenter=', window/@center, '&amp;windowWidth=', window/@width)"/>
      </xsl:if>
      <xsl:if test="@frame"><xsl:value-of select="concat('&amp;frameNumber=', @frame)"/></xsl:if>
    </xsl:variable>
    <p><img src="{$address}" alt="{text}" height="256"/></p>
    <p><xsl:value-of select="text"/></p>
  </xsl:template>
</xsl:stylesheet>
