from django.apps import AppConfig


class KernelConfig(AppConfig):
    name = "huyuan.kernel"
    verbose_name = "基础"
