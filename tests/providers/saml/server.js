// A SAML 2.0 identity provider: whoever comes is the person that POST /be named last.
const fs = require("fs");
const express = require("express");
const samlp = require("samlp");

const [port, key, cert] = process.argv.slice(2);
const app = express();
let person = null;

app.post("/be", express.json(), (request, response) => {
  person = request.body;
  response.status(204).end();
});
app.get("/sso", (request, response, next) =>
  samlp.auth({
    issuer: "urn:example:university",
    cert: fs.readFileSync(cert),
    key: fs.readFileSync(person.key || key),
    destination: person.back,
    recipient: person.back,
    audience: person.audience,
    lifetimeInSeconds: person.lifetime,
    getPostURL: (audience, document, asked, found) => found(null, person.back),
    getUserFromRequest: () => person,
  })(request, response, next),
);
app.listen(Number(port), "127.0.0.1");
