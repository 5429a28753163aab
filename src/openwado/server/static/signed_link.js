// Makes signed links of the URL that is composed: the server signs, as far as who asks may hand it on.

export function signing(form, { endpoint, say, url }) {
  const said = form.querySelector("#signed-said");
  const result = form.querySelector("#signed-result");
  const field = form.querySelector("#link");
  form.hidden = false;

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { hours, uses, scope, anonymized } = form.elements;
    const body = {
      url: url(),
      hours: Number(hours.value),
      uses: Number(uses.value),
      scope: scope.value,
      anonymized: anonymized.checked,
    };
    try {
      const response = await fetch(endpoint, {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "application/json", "Accept-Language": document.documentElement.lang },
        body: JSON.stringify(body),
      });
      const answer = await response.json();
      result.hidden = !response.ok;
      if (response.ok) {
        field.value = answer.url;
        said.textContent = say["link until"].replace("{time}", new Date(answer.expires).toLocaleString(document.documentElement.lang));
      } else {
        said.textContent = answer.detail;
      }
    } catch {
      result.hidden = true;
      said.textContent = say["no answer"];
    }
  });

  // A link is of the URL that it was made of, and of no other.
  return () => {
    result.hidden = true;
    said.textContent = "";
  };
}
