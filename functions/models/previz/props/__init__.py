"""The props that previz can build: one function a prop, one file a family."""

from collections.abc import Callable

from farm.registry import Registry
from functions.models.previz.kit import Kit

Builder = Callable[[Kit], None]
"""What every prop is: a function that adds parts to a kit."""

_FAMILIES = {
    "solids": (
        "ball beachball football balloon cube crate carton chest barrel pyramid cylinder cone "
        "ring gem coin domino pin heart stand_in wheel spintop"
    ),
    "people": "person woman astronaut robot statue snowman teddy hand head",
    "animals": "dog cat tiger lion horse cow sheep deer elephant giraffe bear panda",
    "creatures": (
        "rabbit frog dinosaur dragon bird owl duck butterfly fish jellyfish turtle snake spider"
    ),
    "vehicles": (
        "car sportscar truck bus bicycle motorcycle tank train boat sailboat ship galleon submarine"
    ),
    "aircraft": "plane paperplane helicopter drone rocket spaceship ufo satellite airballoon",
    "plants": (
        "tree palm pine deadtree cactus bush flower sunflower mushroom apple pumpkin egg "
        "banana leaf"
    ),
    "buildings": (
        "house cabin tower castle church skyscraper lighthouse windmill turbine ferriswheel "
        "bridge arch column wall fence door window stairs fountain tent flag signpost "
        "streetlamp pool"
    ),
    "furniture": (
        "table chair bench sofa bed shelf piano guitar lamp lantern candle clock phone "
        "computer camera headphones shoe hat umbrella sword key anchor pendulum mobile book"
    ),
    "kitchen": "bottle can cup drinkglass teapot vase bowl cake icecream",
    "wilds": (
        "rock iceberg mountain volcano moon planet earth saturn sun blackhole cloud campfire "
        "smokeplume firework waterfall wave tornado lavapool sandpile"
    ),
}
PROPS: Registry[Builder] = Registry(
    "prop",
    {
        name: f"functions.models.previz.props.{family}:{name}"
        for family, names in _FAMILIES.items()
        for name in names.split()
    },
)
