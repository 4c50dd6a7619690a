import pytest
from tests.conftest import registration
@pytest.mark.parametrize("change",[{"username":"\ufdf4"*150},{"email":"a@"+"\ufdf4."*60+"com"},{"email":"a"*60+"@"+"b"*62+"."+"c"*62+"."+"d"*62+".com"},{"email":"a"*64+"@"+("\u2474"*10+".")*6+"com"}, {"username":"\u0390"*150},{"first_name":"\ufdfa"*150}])
async def test_x(client,change):
    a=await client.post("/api/auth/register",json=registration(**change)); print(a.status_code,a.text[:200]); assert a.status_code<500
