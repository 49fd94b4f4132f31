<?php
$settings = json_decode(file_get_contents(getenv('PEER_FOLDER') . '/settings.json'), true);
$bindings = ['urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect', 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST'];
$metadata["http://127.0.0.1:{$settings['port']}/saml2/idp/metadata.php"] = [
    'host' => '__DEFAULT__',
    'privatekey' => "{$settings['key']}.key",
    'certificate' => "{$settings['key']}.crt",
    'auth' => 'people',
    'userid.attribute' => 'uid',
    'signature.algorithm' => 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    'saml20.sign.response' => true,
    'saml20.sign.assertion' => true,
    'sign.logout' => true,
    'redirect.sign' => true,
    'redirect.validate' => true,
    'validate.authnrequest' => true,
    'SingleSignOnServiceBinding' => $bindings,
    'SingleLogoutServiceBinding' => $bindings,
    'NameIDFormat' => 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
    'authproc' => [
        3 => [
            'class' => 'saml:AttributeNameID',
            'attribute' => 'uid',
            'Format' => 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
        ],
    ],
];
