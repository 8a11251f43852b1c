"""What a prompt asks of camera, light and manner, in words. A quick run takes the first of each."""

#: (axis, sign) -> sentences: alone, beside a scene, beside a scene that goes the other way, off the reader's own list.
CAMERA = {
    ("pan", -1): ("the camera pans left", "leaves sway in the wind, the camera moves to the left", "slow pan to the left"),
    ("pan", 1): ("clouds drift left while the camera pans to the right", "the camera pans right", "we pan across to the right"),
    ("tilt", 1): ("the camera tilts up", "the water ripples, the camera tilts up", "the view tilts upwards"),
    ("tilt", -1): ("the water ripples, the camera tilts down", "the camera tilts down", "camera drops down"),
    ("dolly", 1): ("the camera pushes in", "clouds drift left, slow zoom in", "the camera advances"),
    ("dolly", -1): ("leaves sway in the wind, the camera pulls back", "the camera pulls back", "a slow zoom-out"),
    ("roll", 1): ("the camera rolls clockwise", "leaves sway in the wind, the camera rolls clockwise", "the horizon rolls clockwise"),
    ("roll", -1): ("the camera rolls anticlockwise", "the camera turns counterclockwise", "the horizon rolls anticlockwise"),
}
#: Side the camera goes to (-1 left, 1 right) -> sentences.
ORBIT = {
    1: ("the camera orbits to the right around the subject", "camera arcs to the right", "orbit right"),
    -1: ("the camera orbits to the left around the subject", "camera arcs to the left", "we orbit to the left"),
}
HANDHELD = ("handheld camera", "leaves sway in the wind, handheld shot", "the camera shakes slightly")
#: (axis, sign) -> sentences.
LIGHT = {
    ("warmth", 1): ("the light grows warmer", "the sky turns golden", "sunset light warms the scene"),
    ("warmth", -1): ("the light grows cooler", "it turns to blue hour", "the mood turns icy and blue"),
    ("brightness", 1): ("it gets brighter", "the sun comes out", "the sky brightens"),
    ("brightness", -1): ("it gets darker", "night falls", "darkness falls"),
}
#: class -> sentences.
TURBULENCE = {"sky": ("the clouds churn", "the clouds swirl"), "water": ("the water churns", "the water boils"),
              "foliage": ("the leaves tremble", "the grass quivers")}
PULSE = {"sky": ("the clouds pulse",), "water": ("the water pulses", "the water swells"), "foliage": ("the leaves pulse", "the grass pulses"),
         "animal": ("the animal breathes", "the animal pulses")}
