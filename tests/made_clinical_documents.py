"""Clinical documents (HL7 CDA R2 and R1) made for tests: nobody's data."""

from __future__ import annotations

R2 = """<?xml version="1.0" encoding="UTF-8"?>
<?xml-stylesheet type="text/xsl" href="http://evil.example/steal.xsl"?>
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
  <id root="1.2.3" extension="DOC-7"/>
  <code code="11490-0" codeSystem="2.16.840.1.113883.6.1" codeSystemName="LOINC" displayName="Arztbrief"/>
  <title>出院小结 / Entlassungsbrief</title>
  <effectiveTime value="20260131093012+0100"/>
  <confidentialityCode code="R" codeSystem="2.16.840.1.113883.5.25"/>
  <versionNumber value="2"/>
  <recordTarget><patientRole><id root="1.2.4" extension="患者-1"/>
    <addr><streetAddressLine>Hauptstraße 1</streetAddressLine><city>Köln</city></addr>
    <telecom value="tel:+49-221-1"/>
    <patient><name><given>小东</given><family>王</family></name>
    <administrativeGenderCode code="M"/><birthTime value="19800229"/></patient>
  </patientRole></recordTarget>
  <author><time value="20260131"/><assignedAuthor><id extension="A1"/><assignedPerson>
    <name><prefix>Dr.</prefix><given>Jürgen</given><family>Müller</family></name></assignedPerson>
    <representedOrganization><name>Universitätsklinik</name></representedOrganization></assignedAuthor></author>
  <author><time value="20260130"/><assignedAuthor><assignedAuthoringDevice><softwareName>Writer 3</softwareName>
    </assignedAuthoringDevice></assignedAuthor></author>
  <custodian><assignedCustodian><representedCustodianOrganization><name>协和医院</name>
    </representedCustodianOrganization></assignedCustodian></custodian>
  <legalAuthenticator><time value="202601311200"/><signatureCode code="S"/><assignedEntity><assignedPerson>
    <name>Prof. Weiß</name></assignedPerson></assignedEntity></legalAuthenticator>
  <documentationOf><serviceEvent><code displayName="CT Thorax" code="X"/><effectiveTime><low value="20260129"/>
    <high value="20260130"/></effectiveTime></serviceEvent></documentationOf>
  <component><structuredBody>
    <component><section ID="s1">
      <code code="29299-5" codeSystemName="LOINC" displayName="Reason"/>
      <title>Anamnese</title>
      <text>
        <paragraph ID="p1"><caption>Heute</caption>Der Patient hat <content styleCode="Bold">starke
          Schmerzen</content> <content styleCode="Italics">seit</content> 3&#160;Tagen<br/>H<sub>2</sub>O,
          10<sup>9</sup>/l.
          <content revised="delete">nie geraucht</content><content revised="insert">Raucher</content>
          <footnote ID="f1">Angabe der <content styleCode="Underline">Ehefrau</content>.</footnote></paragraph>
        <list listType="ordered" ID="l1"><caption>Medikamente</caption>
          <item><caption>A</caption>ASS 100 mg<list><item>morgens</item><item>abends</item></list></item>
          <item>阿莫西林</item>
        </list>
        Siehe <linkHtml href="#p1">oben</linkHtml> und <linkHtml href="http://evil.example/x">dort</linkHtml><footnoteRef
          IDREF="f1"/>.
        <renderMultiMedia referencedObject="MM1"><caption>Röntgenbild</caption></renderMultiMedia>
        <unknownThing>nicht <deeper>verloren</deeper></unknownThing>
      </text>
      <entry><observationMedia ID="MM1"><value mediaType="image/gif"><reference value="left.gif"/></value>
        </observationMedia></entry>
      <component><section><title>Labor</title><text>
        <table border="1"><caption>Blutbild</caption>
          <col width="10%"/>
          <thead><tr><th>Wert</th><th colspan="2">Ergebnis</th></tr></thead>
          <tfoot><tr><td colspan="3">Fuß</td></tr></tfoot>
          <tbody><tr ID="r1"><td rowspan="2">Hb</td><td>12.1</td><td><paragraph>g/dl</paragraph><list><item>tief</item>
            </list></td></tr><tr><td>12.5</td>stray<td/></tr></tbody>
        </table></text></section></component>
    </section></component>
    <component><section><code displayName="Vital signs"/><entry/><entry/></section></component>
  </structuredBody></component>
</ClinicalDocument>"""

R1 = """<?xml version="1.0"?>
<levelone xmlns="urn:hl7-org:v1/cda">
  <clinical_document_header>
    <id EX="a123" RT="2.16.840.1.113883.3.933"/>
    <document_type_cd V="11488-4" S="2.16.840.1.113883.6.1" DN="Consultation note"/>
    <origination_dttm V="2000-04-07"/>
    <confidentiality_cd ID="CONF1" V="N" S="2.16.840.1.113883.5.1xxx"/>
    <provider><participation_tmr V="2000-04-07"/><person><id EX="KP00017" RT="1"/>
      <person_name><nm><GIV V="Robert"/><FAM V="Dolin"/><SFX V="MD" QUAL="PT"/></nm></person_name></person></provider>
    <patient><person><id EX="12345" RT="1"/>
      <person_name><nm><GIV V="Henry"/><FAM V="Levin"/><SFX V="the 7th"/></nm></person_name></person>
      <birth_dttm V="1932-09-24"/><administrative_gender_cd V="M" S="1"/></patient>
    <originating_organization><organization><organization.nm V="Good Health Clinic"/></organization>
    </originating_organization>
  </clinical_document_header>
  <body>
    <section><caption>History<caption_cd V="8684-3" S="2.16.840.1.113883.6.1"/></caption>
      <paragraph><content>Henry Levin is a 67 year old male.</content></paragraph>
      <section><caption>Vital Signs</caption>
        <list><item><content>BP 118/78</content></item><item><content>T 36.9 C</content></item></list>
        <table><tr><td>WBC</td><td>6.7</td></tr></table>
        <coded_entry><coded_entry.value V="1" S="2"/></coded_entry>
      </section>
    </section>
  </body>
</levelone>"""


def r2_body(body: str, head: str = "") -> str:
    """Return an R2 document with a body: sections in components, or nonXMLBody."""
    start = '<ClinicalDocument xmlns="urn:hl7-org:v3"><title>T</title>'
    return f"{start}{head}<component>{body}</component></ClinicalDocument>"


def r2_text(narrative: str) -> str:
    """Return an R2 document with one section of this narrative."""
    section = f"<section><text>{narrative}</text></section>"
    return r2_body(f"<structuredBody><component>{section}</component></structuredBody>")
