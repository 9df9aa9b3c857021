// Other people's wallet library, taking what our server offers: see test_wallets.py beside this
// folder. Reads one JSON object from standard input and writes one to standard output.
import fs from 'node:fs';
import crypto from 'node:crypto';
import {
  clientAuthenticationAnonymous, setGlobalConfig,
} from '@openid4vc/oauth2';
import {Openid4vciClient, Openid4vciRetrieveCredentialsError} from '@openid4vc/openid4vci';
import * as jose from 'jose';
import jsQR from 'jsqr';

const asked = JSON.parse(fs.readFileSync(0, 'utf8'));
setGlobalConfig({allowInsecureUrls: true});  // the server is on this machine

const {publicKey, privateKey} = await jose.generateKeyPair(asked.algorithm);
const publicJwk = await jose.exportJWK(publicKey);
const did = `did:jwk:${Buffer.from(JSON.stringify(publicJwk)).toString('base64url')}`;

const client = new Openid4vciClient({
  callbacks: {
    fetch,
    hash: (data, algorithm) => crypto.createHash(algorithm.replace('-', '')).update(data).digest(),
    generateRandom: length => crypto.randomBytes(length),
    clientAuthentication: clientAuthenticationAnonymous(),
    signJwt: async (signer, {header, payload}) => ({
      jwt: await new jose.SignJWT(payload).setProtectedHeader(header).sign(privateKey),
      signerJwk: publicJwk,
    }),
    verifyJwt: () => {
      throw new Error('nothing is to be verified here');
    },
    encryptJwe: () => {
      throw new Error('nothing is to be encrypted here');
    },
    decryptJwe: () => {
      throw new Error('nothing is to be decrypted here');
    },
  },
});

function read({pixels, width, height}) {
  return jsQR(Uint8ClampedArray.from(Buffer.from(pixels, 'base64')), width, height).data;
}

const credentialOffer = await client.resolveCredentialOffer(read(asked.picture));
const issuerMetadata = await client.resolveIssuerMetadata(credentialOffer.credential_issuer);
const {accessTokenResponse} = await client.retrievePreAuthorizedCodeAccessTokenFromOffer({
  credentialOffer,
  issuerMetadata,
  txCode: asked.txCode ?? undefined,
});
const accessToken = accessTokenResponse.access_token;
const signer = asked.by === 'jwk'
  ? {method: 'jwk', alg: asked.algorithm, publicJwk}
  : {method: 'did', alg: asked.algorithm, didUrl: `${did}#0`};

async function proof(credentialConfigurationId, nonce) {
  const {jwt} = await client.createCredentialRequestJwtProof({
    issuerMetadata, credentialConfigurationId, nonce, signer,
  });
  return jwt;
}

const credentials = {};
const {c_nonce: first} = await client.requestNonce({issuerMetadata});
for(const credentialConfigurationId of credentialOffer.credential_configuration_ids) {
  const {c_nonce: nonce} = await client.requestNonce({issuerMetadata});
  const found = await client.retrieveCredentials({
    issuerMetadata, accessToken, credentialConfigurationId,
    proofs: {jwt: [await proof(credentialConfigurationId, nonce)]},
  });
  const {format} = issuerMetadata.credentialIssuer
    .credential_configurations_supported[credentialConfigurationId];
  credentials[format] = found.credentialResponse.credentials[0].credential;
  await client.sendNotification({
    issuerMetadata, accessToken,
    notification: {
      notificationId: found.credentialResponse.notification_id, event: 'credential_accepted',
    },
  });
}

// The same proof twice: what the library makes of our refusal.
const [credentialConfigurationId] = credentialOffer.credential_configuration_ids;
const used = {jwt: [await proof(credentialConfigurationId, first)]};
let refusal = null;
for(let time = 0; time < 2; time += 1) {
  try {
    await client.retrieveCredentials({
      issuerMetadata, accessToken, credentialConfigurationId, proofs: used,
    });
  } catch(error) {
    if(!(error instanceof Openid4vciRetrieveCredentialsError)) {
      throw error;
    }
    refusal = error.response.credentialErrorResponseResult.data.error;
  }
}

process.stdout.write(JSON.stringify({
  did,
  publicJwk,
  credentials,
  refusal,
  draft: issuerMetadata.originalDraftVersion,
  issuer: issuerMetadata.credentialIssuer.display[0].name,
}));
