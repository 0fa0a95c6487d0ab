"""Nodes of one machine that pretend to be many, for Ray's real autoscaler."""

from ray.autoscaler._private.fake_multi_node.node_provider import FakeMultiNodeProvider


class PretendedNodes(FakeMultiNodeProvider):
    """Ray's own stand-in for a cloud; it only does not know how to limit a node's memory."""

    def _create_node_with_resources_and_labels(self, node_config, tags, count, resources, labels):
        known = {name: amount for name, amount in resources.items() if name != "memory"}
        super()._create_node_with_resources_and_labels(node_config, tags, count, known, labels)
