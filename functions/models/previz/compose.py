"""From a request to a scene: cast it, block it, frame it, build its place, light it."""

import math
from collections.abc import Iterator
from dataclasses import replace

from farm.frames import Rate
from farm.shots.request import Request
from functions.models.previz import framing, marks
from functions.models.previz.blocking import Plot, Puff, place_all, spread
from functions.models.previz.casting import Player, cast, row_of
from functions.models.previz.collisions import course_of_bricks
from functions.models.previz.daylight import Light, light_of
from functions.models.previz.deeds import perform, rock_on_water, turn_to_camera
from functions.models.previz.effects import emitters, natural
from functions.models.previz.filming import Stage
from functions.models.previz.framing import Sight, Wishes
from functions.models.previz.kit import Paints
from functions.models.previz.language import read
from functions.models.previz.lexicon import table
from functions.models.previz.physics import Tracks
from functions.models.previz.reading import Reading
from functions.models.previz.scene import Body, Rig, Scene, Sky, Subject, from_plain, to_plain
from functions.models.previz.shade import opened
from functions.models.previz.sites import Ground, Site, build_site
from functions.models.previz.space import ORIGIN, UP, Vec, add, chance, norm, sub, turn

SETTLING = (
    frozenset({"furniture"}),
    frozenset({"driver", "sailor", "rocket", "building"}),
    frozenset({"plant"}),
)
"""The kinds that decide where a scene is when the prompt does not say, the strongest first."""

SMALL_M = 0.9
MOMENTS = (0.07, 0.28, 0.5, 0.72, 0.93)
DRY_PLACES = frozenset({"sea", "water", "lake", "coast"})


def compose(request: Request, seed: int) -> Scene:
    """Make the scene of one take."""
    reading = read(request.prompt, cast=request.cast)
    paints = Paints()
    plot = _plot(request, reading, paints, seed)
    place = _place(plot, reading)
    bare = _bare(request, seed, plot, paints)
    rig, sights = _framed(bare, request, plot, place)
    bare = marks.marked(replace(bare, rig=rig), request, plot)
    light = light_of(reading, table("places")[place], facing=framing.ahead_of(rig), seed=seed)
    ground, scenery, puffs = _site(place, plot, bare, sights, light, paints)
    subjects = (*bare.subjects, Subject(name="setting", noun=place, scenery=True))
    scene = replace(
        bare,
        subjects=subjects,
        bodies=(*bare.bodies, *scenery),
        sky=_sky(light, ground, request, norm(sub(bare.rig.pivot, bare.rig.position)), seed),
        emitters=emitters(
            [*plot.puffs, *natural(plot.players), *puffs], light, paints, bare.rig, seed
        ),
        understood=tuple(_understood(reading)),
        not_understood=reading.not_understood,
        setting=place if reading.place else f"{place} (not asked)",
        light=light.name,
    )
    return from_plain(to_plain(opened(replace(scene, materials=paints.all()))))


def _plot(request: Request, reading: Reading, paints: Paints, seed: int) -> Plot:
    players = cast(_glowing(reading), paints, seed)
    moves = framing.moves_of(request, reading)
    way = 1.0 if chance(seed, 2) < 0.62 else -1.0
    trucks = [m for m in moves if m.startswith("truck")]
    bound = reading.towards or (trucks[0].split("_")[1] if trucks else "")
    way = {"left": -1.0, "right": 1.0}.get(bound, way)
    plot = Plot(
        players=players,
        reading=reading,
        span=max(request.frames / float(request.rate), 0.2),
        seed=seed,
        way=way,
        aspect=request.size[0] / request.size[1],
        trucking=bool(trucks),
    )
    struck = {d.target for d in reading.deeds if d.verb == "hit"}
    for player in players:
        if player.kind == "wall" and player.number in struck:
            course_of_bricks(player)
    for number, member in enumerate(m for p in players for m in p.members):
        member.body = number
    place_all(plot)
    turn_to_camera(plot, _yaw(plot, moves))
    perform(plot)
    rock_on_water(plot)
    return plot


def _glowing(reading: Reading) -> Reading:
    """Light up the things that glow by their verb."""
    shining = {a for d in reading.deeds if d.verb == "glow" for a in d.actors}
    things = tuple(
        replace(t, finish=t.finish or "lit") if k in shining and row_of(t)["kind"] != "light" else t
        for k, t in enumerate(reading.things)
    )
    return replace(reading, things=things)


def _place(plot: Plot, reading: Reading) -> str:
    """Choose the place: the one that is named, else where the lead is at home."""
    if reading.place:
        return reading.place
    lead = plot.lead()
    if lead is None:
        return "field"
    settling = [p for kind in SETTLING for p in plot.players if p.kind in kind and p.home]
    homes = [p.home for p in settling] or [lead.home]
    if homes[0]:
        return homes[0]
    if "studio" in reading.indoor or lead.prop.height < SMALL_M:
        return "studio" if not (reading.time or reading.weather) else "field"
    return "field" if lead.kind in {"walker", "runner", "plant", "building"} else "courtyard"


def _bare(request: Request, seed: int, plot: Plot, paints: Paints) -> Scene:
    """Make a scene of the players alone, with no camera yet."""
    bodies = tuple(_bodies(plot))
    rig = Rig(
        position=(0, 1, 5),
        target=ORIGIN,
        pivot=ORIGIN,
        focal_mm=35,
        f_stop=8,
        shutter_angle=180,
        span=1,
    )
    sky = Sky(
        sky=0,
        sun=UP,
        turbidity=2.5,
        clouds=0,
        exposure_stops=0,
        fog=0,
        fog_color=(1, 1, 1),
        tint=(1, 1, 1),
        ground=1,
        ground_material=0,
        terrain_height_m=0,
        terrain_scale_m=1,
        wetness=0,
        seed=seed % 65521,
    )
    return Scene(
        frames=request.frames,
        rate=str(Rate.parse(str(request.rate))),
        seed=seed,
        aspect=request.size[0] / request.size[1],
        subjects=tuple(_subject(p) for p in plot.players),
        bodies=bodies,
        materials=paints.all(),
        emitters=(),
        rig=rig,
        sky=sky,
        prompt=request.prompt[:2000],
    )


def _bodies(plot: Plot) -> Iterator[Body]:
    late = []
    for player in plot.players:
        for member in player.members:
            body = Body(
                subject=player.number,
                parts=member.prop.parts,
                joints=member.prop.joints,
                position=member.place,
                rotation=turn(UP, member.yaw),
                acts=tuple(member.acts),
                collider=member.collider,
                stride=member.prop.stride,
            )
            body = _raised(body, player.lifted)
            if member.body >= 0:
                yield body
            else:
                late.append(body)  # pieces come last, so that the numbers of the others hold
    yield from late


def _raised(body: Body, by: float) -> Body:
    if not by:
        return body
    acts = tuple(
        replace(a, points=tuple(add(p, UP, by) for p in a.points)) if a.verb == "travel" else a
        for a in body.acts
    )
    return replace(body, position=add(body.position, UP, by), acts=acts)


def _subject(player: Player) -> Subject:
    thing = player.thing
    words = [thing.size, *thing.colours, thing.finish, thing.word]
    return Subject(
        name=" ".join(w for w in words if w),
        noun=thing.noun,
        centre=player.members[0].place,
        height=player.prop.height,
        stand_in=thing.stand_in,
    )


def _framed(bare: Scene, request: Request, plot: Plot, place: str) -> tuple[Rig, list[Sight]]:
    sights = _sights(bare, plot)
    wishes = _wishes(request, plot, place, sights)
    return framing.frame(bare, request, wishes, sights, plot.seed), sights


def _sights(bare: Scene, plot: Plot) -> list[Sight]:
    """List what the frame must hold: the lead and whoever acts with it, while they are near."""
    stage = Stage(bare, Tracks())
    watched = [p for p in plot.players if not p.background or p is plot.lead()]
    watched = watched or plot.players
    sights = []
    for share in MOMENTS:
        for player in watched:
            for member in player.members:
                if member.body < 0:
                    continue
                half, time = member.prop.half, share * plot.span
                at = stage.place(member.body, time)
                wide = max(half[0], half[2]) if member.acts or member.collider else half[0]
                centre = (at[0], at[1] + half[1], at[2])
                sights.append(
                    Sight(time=time, centre=centre, half=(wide, half[1], min(wide, half[2])))
                )
    return _in_play(sights, plot) or [Sight(time=0.0, centre=(0.0, 1.2, 0.0), half=(3.0, 1.2, 1.0))]


def _in_play(sights: list[Sight], plot: Plot) -> list[Sight]:
    """Leave out what has not come yet and what flies off, where something is hit."""
    if not plot.hits:
        return sights
    struck = plot.players[next(iter(plot.hits.values()))]
    tall = max(m.place[1] + m.prop.height for m in struck.members)
    middle, reach = spread(struck)
    near = reach + 0.25 * tall
    return [
        s for s in sights if math.hypot(s.centre[0] - middle[0], s.centre[2] - middle[2]) < near
    ]


def _wishes(request: Request, plot: Plot, place: str, sights: list[Sight]) -> Wishes:
    reading, lead = plot.reading, plot.lead()
    moves = framing.moves_of(request, reading)
    low = tuple(min(s.centre[i] - s.half[i] for s in sights) for i in range(3))
    high = tuple(max(s.centre[i] + s.half[i] for s in sights) for i in range(3))
    pivot: Vec = tuple((a + b) / 2 for a, b in zip(low, high, strict=True))  # type: ignore[assignment]  # three of them
    size = max(norm(sub((high[0], high[1], high[2]), (low[0], low[1], low[2]))), 0.05)
    travels = _travels(plot)
    truck = _truck_m(plot) if plot.trucking else 0.0
    if plot.trucking and travels:
        pivot = (0.0, pivot[1], pivot[2])
    tall = lead is not None and lead.prop.height > 5
    alone = len(plot.players) == 1 and len(plot.players[0].members) == 1 and not travels
    aside = (0.11 if chance(plot.seed, 72) < 0.5 else -0.11) if alone and plot.aspect > 1.2 else 0.0
    return Wishes(
        yaw=_yaw(plot, moves),
        pitch=_pitch(plot, place, tall=tall),
        pivot=pivot,
        size=size,
        aside=aside,
        floor=_floor(size, place),
        moves=moves,
        strength=framing.strength_of(request, reading),
        truck_m=truck,
        follow=lead.members[0].body if lead and travels and "steadicam" in moves else -1,
        focus=lead.members[0].body if lead and travels and not plot.hits else -1,
        framing=reading.framing,
    )


def _travels(plot: Plot) -> bool:
    lead = plot.lead()
    return lead is not None and any(a.verb == "travel" for a in lead.members[0].acts)


def _truck_m(plot: Plot) -> float:
    """Return how far the lead travels, for a camera that goes with it."""
    lead = plot.lead()
    acts = lead.members[0].acts if lead else []
    travel = next((a for a in acts if a.verb == "travel"), None)
    return travel.amount * plot.span if travel and not plot.hits else 0.0


def _yaw(plot: Plot, moves: tuple[str, ...]) -> float:
    side = 1.0 if chance(plot.seed, 73) < 0.5 else -1.0
    if plot.trucking:
        return 0.0
    if plot.hits or any(d.verb == "hit" for d in plot.reading.deeds):
        return -plot.way * math.radians(6 + 20 * chance(plot.seed, 74))
    if any(m.startswith("orbit") for m in moves):
        return side * 0.3 * chance(plot.seed, 74)
    return side * math.radians(4 + 22 * chance(plot.seed, 74))


def _pitch(plot: Plot, place: str, *, tall: bool) -> float:
    word = plot.reading.height
    if word:
        return math.radians(-1.0 if word == "low" else 34 + 10 * chance(plot.seed, 75))
    if tall:
        return math.radians(1.5 + 3 * chance(plot.seed, 75))
    lead = plot.lead()
    if place == "space":
        return math.radians(9 + 12 * chance(plot.seed, 75))
    if lead is not None and (lead.kind in {"flyer", "floater"} or place in {"sky", "space"}):
        return math.radians(-9 + 8 * chance(plot.seed, 75))
    crowd = sum(len(p.members) for p in plot.players) > 4
    return math.radians((8 if crowd else 5) + 7 * chance(plot.seed, 75))


def _floor(size: float, place: str) -> float:
    if place in {"space", "sky"}:
        return -1e6
    return min(max(0.12 * size, 0.06), 1.5)


def _site(
    place: str, plot: Plot, bare: Scene, sights: list[Sight], light: Light, paints: Paints
) -> tuple[Ground, list[Body], list[Puff]]:
    site = Site(
        place=place,
        row=table("places")[place],
        plot=plot,
        scene=bare,
        paints=paints,
        light=light,
        number=len(plot.players),
        pivot=bare.rig.pivot,
        reach=framing.reach_of(sights, bare.rig.pivot),
    )
    ground = build_site(site)
    return ground, site.bodies, site.puffs


def _sky(light: Light, ground: Ground, request: Request, away: float, seed: int) -> Sky:
    return Sky(
        sky=light.sky,
        sun=light.sun,
        turbidity=light.turbidity,
        clouds=max(light.clouds, 0.0),
        exposure_stops=light.stops + request.exposure_stops,
        fog=light.fog * min(1.0, 12.0 / max(away, 1.0)),
        fog_color=light.fog_color,
        tint=ground.tint or light.tint,
        ground=ground.kind,
        ground_material=ground.material,
        terrain_height_m=ground.height_m
        * (0.3 if light.sun[1] < 0.12 and ground.height_m < 100 else 1.0),
        terrain_scale_m=ground.scale_m,
        wetness=max(light.wet, ground.wet),
        seed=seed % 65521,
    )


def _understood(reading: Reading) -> Iterator[str]:
    for thing in reading.things:
        words = [
            thing.size,
            *thing.colours,
            thing.finish,
            thing.group,
            f"{thing.count} x" if thing.count > 1 else "",
        ]
        yield f"subject: {' '.join([*(w for w in words if w), thing.noun])}"
    for deed in reading.deeds:
        who = ", ".join(reading.things[a].noun for a in deed.actors)
        whom = f" {reading.things[deed.target].noun}" if deed.target >= 0 else ""
        yield f"action: {who} {deed.verb}{whom}"
    for guest, way, host in reading.relations:
        yield f"place: {reading.things[guest].noun} {way} {reading.things[host].noun}"
    said = {
        "setting": reading.place,
        "time": reading.time,
        "framing": reading.framing,
        "height": reading.height,
        "pace": reading.pace,
        "towards": reading.towards,
    }
    yield from (f"{name}: {word}" for name, word in said.items() if word)
    yield from (f"weather: {word}" for word in reading.weather)
    yield from (f"light: {word}" for word in reading.indoor)
    yield from (f"camera: {move}" for move in reading.moves)
