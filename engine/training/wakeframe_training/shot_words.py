"""Words of the synthetic prompt grammar about the whole shot: camera moves and changes of the light."""

from .settings import BRIGHTNESS, DOLLY, HANDHELD, ORBIT, PAN, ROLL, TILT, WARMTH

#: Size of a move -> adverbs before and after.
SPEEDS = {0.3: ["slow", "slowly", "gentle", "gently", "subtle", "slightly", "very slowly"], 0.6: ["", "", "", "steady"],
          1.0: ["fast", "quickly", "quick", "rapidly", "strong"]}
SPEED_CHOICES = [0.3, 0.6, 0.6, 0.6, 1.0]

#: (axis, sign) -> said of "the camera"; the words of a side follow where it takes one.
CAMERA_VERBS = {
    (PAN, -1): ["pans left", "pans to the left", "moves left", "slides to the left", "tracks left", "trucks left",
                "travels left", "is panning left", "sweeps left", "drifts left", "moves sideways to the left",
                "floats to the left"],
    (PAN, 1): ["pans right", "pans to the right", "moves right", "slides to the right", "tracks right", "trucks right",
               "travels right", "is panning right", "sweeps right", "drifts right", "moves sideways to the right",
               "floats to the right"],
    (TILT, 1): ["tilts up", "tilts upward", "looks up", "rises", "cranes up", "moves up", "is tilting up"],
    (TILT, -1): ["tilts down", "tilts downward", "looks down", "sinks", "cranes down", "moves down", "is tilting down"],
    (DOLLY, 1): ["pushes in", "dollies in", "zooms in", "moves forward", "moves closer", "comes closer", "closes in",
                 "is zooming in", "moves in on the subject", "approaches the subject", "travels forward",
                 "gets closer to the house",
                 "inches closer", "goes towards the door", "draws near", "goes forward", "moves ahead", "presses forward",
                 "proceeds forward", "steps forward", "heads into the scene", "moves into the picture"],
    (DOLLY, -1): ["pulls back", "pulls out", "dollies out", "zooms out", "moves backward", "moves away", "backs away",
                  "is zooming out", "withdraws", "draws back", "recedes", "backs off", "travels backward",
                  "goes back", "steps back", "moves out of the scene"],
    (ROLL, 1): ["rolls clockwise", "rolls to the right", "rotates clockwise", "turns clockwise"],
    (ROLL, -1): ["rolls anticlockwise", "rolls to the left", "rotates counterclockwise", "rolls counter-clockwise"],
    (ORBIT, 1): ["orbits to the right", "orbits right", "arcs to the right around the subject",
                 "circles around to the right", "orbits the subject", "moves around the subject", "circles the subject",
                 "orbits around it to the right", "arcs around it to the right", "swings around to the right",
                 "curves around to the right", "travels in an arc to the right", "revolves around the scene"],
    (ORBIT, -1): ["orbits to the left", "orbits left", "arcs to the left around the subject",
                  "circles around to the left", "moves left around the subject", "orbits around it to the left",
                  "arcs around it to the left", "swings around to the left", "curves around to the left",
                  "travels in an arc to the left"],
}
#: The same without "the camera", as on a shot list.
SHOT_NAMES = {
    (PAN, -1): ["pan left", "camera pan to the left", "panning left", "tracking shot to the left", "left pan"],
    (PAN, 1): ["pan right", "camera pan to the right", "panning right", "tracking shot to the right", "right pan"],
    (TILT, 1): ["tilt up", "camera tilt up", "crane up", "tilting up"],
    (TILT, -1): ["tilt down", "camera tilt down", "crane down", "tilting down"],
    (DOLLY, 1): ["push in", "dolly in", "zoom in", "push-in", "zooming in", "dolly forward", "dolly shot in",
                 "moving in on his face", "inching closer to the face", "closing in on the subject", "zoom-in"],
    (DOLLY, -1): ["pull back", "dolly out", "zoom out", "pull out", "zooming out", "pull-back shot", "backing away",
                  "moving away from the house"],
    (ROLL, 1): ["camera roll clockwise", "clockwise roll"],
    (ROLL, -1): ["camera roll anticlockwise", "counterclockwise roll"],
    (ORBIT, 1): ["orbit right", "orbit shot", "arc shot to the right", "camera orbit to the right", "orbiting to the right",
                 "an arc around the subject to the right", "circling to the right"],
    (ORBIT, -1): ["orbit left", "arc shot to the left", "camera orbit to the left", "orbiting to the left",
                  "an arc around the subject to the left", "circling to the left"],
}
CAMERA_SHARE = {PAN: 0.28, TILT: 0.18, DOLLY: 0.26, ROLL: 0.09, ORBIT: 0.16, HANDHELD: 0.07}
HANDHELD_WORDS = ["handheld camera", "handheld shot", "handheld", "hand-held camera", "shaky camera", "slight camera shake",
                  "the camera shakes slightly", "documentary style handheld camera", "the camera sways a little"]
STATIC_CAMERA = ["camera static", "static camera", "tripod shot", "locked-off shot", "locked-off camera",
                 "the camera does not move", "no camera movement", "fixed camera", "the camera stays still", "static shot",
                 "the camera is locked"]

#: (axis, sign) -> clauses about the light.
LIGHT_WORDS = {
    (WARMTH, 1): ["the light grows warmer", "the light gets warmer", "warmer light", "the light turns golden",
                  "golden light spreads", "the light becomes warm", "warm light grows", "it turns to golden hour",
                  "the sunlight warms", "colours turn warmer", "the sky turns golden",
                   "the evening sun warms the picture"],
    (WARMTH, -1): ["the light grows cooler", "the light gets colder", "cooler light", "the light turns blue",
                   "the light becomes cold", "cold light grows", "it turns to blue hour", "colours turn cooler",
                   "the light cools"],
    (BRIGHTNESS, 1): ["it gets brighter", "the light brightens", "the sun comes out", "the scene brightens",
                      "it grows brighter", "day breaks", "the light gets stronger", "brightening light",
                      "the picture becomes brighter", "the sky gets brighter", "the sky brightens", "more light",
                      "morning comes", "light floods the scene", "the darkness lifts", "the daylight returns"],
    (BRIGHTNESS, -1): ["it gets darker", "the light fades", "the light dims", "night falls", "it grows dark",
                       "the scene darkens", "dusk falls", "the light gets weaker", "dimming light",
                       "the picture becomes darker", "the sky gets darker", "the sky darkens", "less light",
                       "evening falls", "darkness comes", "darkness spreads", "it goes dark", "the daylight goes",
                       "night comes", "shadows fall over the scene", "gloom settles"],
}
