<?php
// The people of a test; the password is made from the name.
$settings = json_decode(file_get_contents(getenv('PEER_FOLDER') . '/settings.json'), true);
$people = [];
foreach ($settings['people'] as $name => $attributes) {
    $people["$name:$name-pw"] = ['uid' => [$name]] + $attributes;
}
$config = [
    'admin' => ['core:AdminPassword'],
    'people' => ['exampleauth:UserPass'] + $people,
];
