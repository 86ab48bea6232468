"""The YouTube connector: comments on the brand's channels, videos that name it, comments under those."""

from connectors.youtube.connector import YouTubeConnector

__all__ = ["YouTubeConnector"]
