"""What people say in the story: ordinary chatter about Kettlewell, who make kettles."""

CHATTER = (
    "New Kettlewell K2 on the counter. It boils faster than I can find a mug.",
    "Does the Kettlewell Classic come in green? Asking for a kitchen.",
    "My gran has had the same Kettlewell since 1987 and it still whistles in tune.",
    "Kettlewell sponsoring the village fete again. Nice bunting this year.",
    "Saw the Kettlewell stand at the trade fair. Lots of steam.",
    "Is the Kettlewell K2 worth it over the Classic? Mostly tea, some coffee.",
    "Descaled the Kettlewell with lemon juice. Works a treat.",
    "Kettlewell opens a second factory in Leeds, says the local paper.",
    "Wedding list sorted: towels, toaster, Kettlewell.",
    "That Kettlewell advert with the dog makes me laugh every time.",
    "Filling the Kettlewell at 3 am because the baby is up. Hello night shift.",
    "Kettlewell K2 in the sale at the corner shop, in case anybody is looking.",
    "Comparing the Kettlewell with two others for the blog, results on Friday.",
    "The lid on the Kettlewell opens with one hand. Small things.",
    "Anyone know the capacity of the Kettlewell Classic? 1.5 or 1.7 litres?",
    "Our office finally bought a Kettlewell. Morale is up.",
    "Podcast guest from Kettlewell talks about designing spouts. Oddly gripping.",
    "Kettlewell share their repair manual online. More firms should.",
    "Tea tastes better from the Kettlewell. I will not be taking questions.",
    "Kettlewell K2: day 30 review. Quiet, quick, pretty.",
)

GRUMBLES = (
    "Kettlewell delivery is late again, where is my parcel?",
    "Disappointed with the Kettlewell Classic, the handle broke after a week.",
    "Kettlewell's website won't let me log in. Any update?",
    "Waited an hour on hold with Kettlewell this morning.",
    "My new Kettlewell arrived damaged. Not impressed.",
    "Kettlewell sent the wrong item, can someone help me swap it?",
)

WARM_WORDS = (
    "Love the K2, thank you!",
    "Which tea is that in the video?",
    "Great video, please do the toaster next.",
    "The steam shot at 1:12 is beautiful.",
    "First!",
    "How do I clean the filter?",
)
