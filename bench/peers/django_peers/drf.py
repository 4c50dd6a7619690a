"""DRF with simplejwt, which checks its blacklist for refresh tokens only: here for access tokens too."""

from typing import Any

from django.contrib.auth import get_user_model
from django.urls import path
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.tokens import AccessToken, BlacklistMixin
from rest_framework_simplejwt.views import TokenObtainPairView


class RevocableAccessToken(BlacklistMixin, AccessToken):
    """settings.SIMPLE_JWT names it."""


class UserSerializer(serializers.ModelSerializer[Any]):
    class Meta:
        model = get_user_model()
        fields = ("id", "username", "email", "first_name", "last_name", "is_staff", "is_active", "date_joined")


class Me(APIView):
    permission_classes = (IsAuthenticated,)

    def get(self, request: Request) -> Response:
        return Response(UserSerializer(request.user).data)


urlpatterns = [path("api/auth/me", Me.as_view()), path("api/auth/login", TokenObtainPairView.as_view())]
