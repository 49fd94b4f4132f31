<?php
// The gateway, as its own metadata describe it. What a test says in `gateway` wins.
$folder = getenv('PEER_FOLDER');
$settings = json_decode(file_get_contents("$folder/settings.json"), true);
$metadata = [];
foreach (glob("$folder/gateway*.xml") as $file) {
    $known = SimpleSAML\Metadata\SAMLParser::parseFile($file)->getMetadata20SP();
    unset($known['entityDescriptor'], $known['expire']);
    $metadata[$known['entityid']] = $settings['gateway'] + $known + [
        'validate.authnrequest' => true,
        'validate.logout' => true,
        'NameIDFormat' => 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
    ];
}
